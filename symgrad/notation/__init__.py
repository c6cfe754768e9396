"""What a person writes: declarations, tensors, functions, formulas as text."""
