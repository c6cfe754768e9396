"""What runs: a Program planned, printed through templates, built and loaded."""
