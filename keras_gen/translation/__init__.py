"""Translation: another image of the same thing, made sharp by a game."""
