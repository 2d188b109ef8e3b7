"""What several autoregressive systems share on the same data."""
