"""The vocabulary of the product: the ground floor that every other package may import.

Belongs here: markets, sides, targets, stages and model names; the time zone and the time rules; logit; odds types.
Not here: conversions between odds (pricing/), names of teams and books (identity/), anything that reads or computes.
"""
