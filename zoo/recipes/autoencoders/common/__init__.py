"""What several recipes of this family share."""
