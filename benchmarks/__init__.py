"""How fast Stocktake is, beside what the databases themselves can do, measured in one run: ``python -m benchmarks``."""
