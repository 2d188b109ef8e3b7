"""The steps that flows are lists of: maps with an inverse and a log-determinant."""
