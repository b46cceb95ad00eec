"""The Dagster layer, one file per layer of the graph, partitions included.

Belongs here: thin assets: read, call a pure function, write, report.
Does not: formulas, SQL text.
"""

import warnings

# Documented and the only way to a single-run range, but marked beta: said once per asset at every start.
warnings.filterwarnings("ignore", message="Parameter `backfill_policy`")
