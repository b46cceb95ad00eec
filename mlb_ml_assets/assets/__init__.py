"""The Dagster layer, one file per layer of the graph, partitions included.

Belongs here: thin assets: run a flow, report what it did.
Not here: reading, computing and writing (flows/).
"""

import warnings

# Both are documented, and the only ways to a single-run range and to a month that does not exist yet, but marked beta:
# Dagster 1.13 warns once per asset at every start, while our modules are imported.
for parameter in ("backfill_policy", "allow_nonexistent_upstream_partitions"):
    warnings.filterwarnings("ignore", message=f"Parameter `{parameter}`")
