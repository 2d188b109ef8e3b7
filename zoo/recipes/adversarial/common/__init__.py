"""What several adversarial systems share on the same data."""
