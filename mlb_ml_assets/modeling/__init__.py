"""Market memory, run model, anchor, calibration, walk-forward replay.

Belongs here: pure estimators: train, predict, explain.
Not here: scores (evaluation/), database access, MLflow, stakes.
"""
