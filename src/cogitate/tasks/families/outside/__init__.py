"""Questions that a model of few families is not made for, and what it says to them."""
