"""One flow per asset: read, compute, write. Free of Dagster.

Belongs here: the order of steps behind an asset, shared by assets, commands, pages and benchmarks.
Not here: Dagster definitions (assets/), formulas (the pure packages), SQL (sql/, warehouse/).
"""
