"""Which column of a file feeds which field (MAP)."""

from stocktake.mapping.column import MappingResult, map_columns
from stocktake.mapping.requirement import check_required

__all__ = ["MappingResult", "check_required", "map_columns"]
