"""The models that are served, and the thread that runs their engines."""
