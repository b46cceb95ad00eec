"""Odds conversions, removing the margin, consensus of books.

Belongs here: pure arithmetic on prices.
Not here: stakes, models, database access.
"""
