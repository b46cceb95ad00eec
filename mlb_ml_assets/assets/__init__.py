"""The Dagster layer, one file per layer of the graph, partitions included.

Belongs here: thin assets: read, call a pure function, write, report.
Not here: formulas, SQL text.
"""

import warnings

# Documented, and the only ways to a single-run range and to a month that does not exist yet, but marked beta: Dagster
# would say so once per asset at every start.
for parameter in ("backfill_policy", "allow_nonexistent_upstream_partitions"):
    warnings.filterwarnings("ignore", message=f"Parameter `{parameter}`")
