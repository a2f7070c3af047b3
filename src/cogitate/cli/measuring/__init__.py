"""What `evaluate` measures in which way, and how it is printed."""
