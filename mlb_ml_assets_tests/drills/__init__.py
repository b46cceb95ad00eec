"""Survival: things killed on purpose, and what is left of them."""
