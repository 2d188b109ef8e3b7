"""What several variational systems share on the same data."""
