"""A league with a known truth that emits source payloads.

Belongs here: the seeded league and its payload writers.
Not here: anything a real run would use.
"""
