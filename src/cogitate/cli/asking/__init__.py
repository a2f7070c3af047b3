"""What ask, tdd and debug have in common: the models that they ask, here or behind a server."""
