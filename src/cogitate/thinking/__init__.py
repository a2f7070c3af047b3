"""Thinking: the machine that opens and closes a thought, and what makes it close."""
