"""Whether cleaners are declared as they can be run (CLN-2, TYP-1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from stocktake.catalog.mistake import Mistake
from stocktake.catalog.position import Path
from stocktake.catalog.shape import Tables
from stocktake.cleaning.call import SIGNATURES, Kind, mistake, parsed


def cleaner_mistakes(path: Path, text: str, tables: Tables) -> Iterator[Mistake]:
    """What is wrong with one cleaner: an unknown name, a parameter too few or many, or of the wrong kind."""
    wrong = mistake(text, tables)
    if wrong is not None:
        yield Mistake(path, wrong)
        return
    call = parsed(text)
    kinds = SIGNATURES[call.name].kinds
    for kind, argument in zip(kinds, call.arguments, strict=False):
        if kind is Kind.PATTERN and isinstance(argument, str) and not is_pattern(argument):
            yield Mistake(path, f'"{argument}" {NO_PATTERN}.')
        if kind is Kind.COUNTRY and isinstance(argument, str) and not _is_country(argument):
            yield Mistake(
                path, f'"{argument}" is no country whose telephone numbers are known: write it like CA or DE.'
            )


def field_cleaner_mistakes(clean: Mapping[str, list[str]], tables: Tables) -> Iterator[Mistake]:
    """The same of all cleaners that a source or a mapping declares for its fields."""
    for name, cleaners in clean.items():
        for place, cleaner in enumerate(cleaners):
            yield from cleaner_mistakes(("clean", name, place), cleaner, tables)


NO_PATTERN = (
    "is not a regular expression that cleaning can run (there is no look-around and no back-reference)"
)


def is_pattern(pattern: str) -> bool:
    """Whether the engine that will run it takes the pattern; Python's own takes others."""
    import polars as pl  # only where a pattern is declared: loading it takes longer than all other checks

    try:
        pl.select(pl.lit("").str.contains(rf"\A(?:{pattern})\z"))
    except pl.exceptions.ComputeError:
        return False
    return True


def _is_country(country: str) -> bool:
    from stocktake.cleaning.phone import known_country  # loads a library: only where a country is declared

    return known_country(country)
