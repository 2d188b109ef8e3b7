"""What several flows share on the same data."""
