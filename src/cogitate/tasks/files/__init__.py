"""Users' own families: files of rows, and Python files."""
