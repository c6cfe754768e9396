"""What is derived: gradients, and the passes that make them readable and stable."""
