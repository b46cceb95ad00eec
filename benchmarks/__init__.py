"""The benchmarks: what a path costs beside the plain limit of the same machine.

Belongs here: one module per benchmark, each measuring ours and the limit in the same run.
Not here: timed assertions in tests, work that a user would run.
"""
