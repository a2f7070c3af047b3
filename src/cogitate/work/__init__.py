"""Work on a user's project: a model writes what tests ask for, and is believed only by them."""
