"""The one representation: indices, variables, equations, programs, and what they mean."""
