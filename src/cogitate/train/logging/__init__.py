"""What a run shows and writes down of its steps."""
