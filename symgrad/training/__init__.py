"""What drives a compiled program: data in, epochs round, a fitted model out."""
