"""Expected value, the Kelly slate, settlement, closing line value, bankroll.

Belongs here: pure decisions on priced probabilities.
Does not: models, database access.
"""
