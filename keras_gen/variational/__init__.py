"""Variational inference: a bound on the likelihood of models with hidden causes."""
