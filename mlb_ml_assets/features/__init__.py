"""Point-in-time features: what was known as of an instant, as numbers.

Belongs here: pure feature functions and their registry.
Not here: database access, model fitting, prices of the day.
"""
