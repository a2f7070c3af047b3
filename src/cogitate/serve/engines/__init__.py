"""The served models, and the thread that runs their engines."""
