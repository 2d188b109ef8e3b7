"""Energies: laws known up to a constant, and the Markov chains that draw from them."""
