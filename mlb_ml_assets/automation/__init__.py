"""Jobs, schedules, sensors, asset checks, alerts.

Belongs here: what runs when, and what is watched.
Not here: work itself.
"""
