"""The resident pricer: a stake about a second after the price.

Belongs here: one process that stays, prices the games whose quotes moved through the flows, and reports to Dagster.
Not here: the flows themselves (flows/), the asset runs (assets/, automation/), starting processes (stack/).
"""
