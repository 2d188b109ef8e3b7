"""Translation: an image made of another one, or of words, by a game."""
