"""A derivative worked by hand: read, decided, diagnosed."""
