"""The Dagster layer, one file per layer of the graph, partitions included.

Belongs here: thin assets: read, call a pure function, write, report.
Does not: formulas, SQL text.
"""
