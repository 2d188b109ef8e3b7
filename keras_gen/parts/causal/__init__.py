"""Drawing from causal networks: when each tensor is due, and what is remembered."""
