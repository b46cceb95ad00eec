"""How good forecasts and bets were, measured against the market.

Belongs here: scores, clustered comparisons, bets against the close, calibration tables, drift, alarms, the promotion
gate, tuning, verdicts, and their pictures.
Not here: fitting and predicting (modeling/), valuing and settling bets (betting/), reading rows (warehouse/).
"""
