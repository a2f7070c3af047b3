"""Thinking: the state machine of a thought and an answer, and the reasons to close a thought."""
