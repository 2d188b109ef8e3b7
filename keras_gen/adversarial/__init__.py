"""Games: a generator, and critics that tell its samples from the data."""
