"""Weights by name: the aliases, and how their files are fetched, verified, kept and removed."""
