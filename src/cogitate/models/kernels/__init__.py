"""Kernels: arithmetic in C, and the matrices that it multiplies."""
