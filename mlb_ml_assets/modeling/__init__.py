"""Market memory, run model, anchor, calibration, walk-forward, scores.

Belongs here: pure estimators and their evaluation.
Not here: database access, MLflow, stakes.
"""
