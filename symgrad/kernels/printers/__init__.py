"""One sympy expression to one expression string, a printer a target."""
