"""Families that users bring: files of rows, and Python files."""
