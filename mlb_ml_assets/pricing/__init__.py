"""Odds conversions, removing the margin, consensus of books.

Belongs here: pure arithmetic on prices.
Does not: stakes, models, database access.
"""
