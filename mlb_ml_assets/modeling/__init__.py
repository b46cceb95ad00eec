"""Market memory, run model, anchor, calibration, walk-forward, scores.

Belongs here: pure estimators and their evaluation.
Does not: database access, MLflow, stakes.
"""
