"""What a run shows and logs of its steps."""
