"""Word problems of one to four steps, and small linear equations."""
