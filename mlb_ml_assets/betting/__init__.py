"""Expected value, the Kelly slate, settlement, closing line value, bankroll.

Belongs here: pure decisions on priced probabilities.
Not here: models, database access.
"""
