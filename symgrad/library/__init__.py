"""Losses, layers, optimizers and schedules, written in public notation alone."""
