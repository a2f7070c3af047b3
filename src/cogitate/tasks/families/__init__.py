"""Families of tasks: one file each, and the modules that several of them share."""
