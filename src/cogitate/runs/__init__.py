"""Runs: their folders and checkpoints, and the models that are opened from them."""
