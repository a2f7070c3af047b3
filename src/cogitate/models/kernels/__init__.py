"""Kernels: arithmetic in C, and packed matrices for it."""
