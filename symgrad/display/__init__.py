"""A Program as people read it: index notation, matrix notation, LaTeX, Unicode, ASCII."""
