"""The files: one inventory of machines with 12 columns, and what becomes of it in later exports.

Everything follows from the row's number by a bijective mixer in plain integer arithmetic (splitmix64), so that the
same number of rows gives the same bytes on every machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from benchmarks.declaration import COLUMNS

#: Raised when the files would come out differently: they are cached by it.
EDITION = 3
CHANGED, NEW, MISSING = 0.05, 0.02, 0.01

_MAKERS = ("Dell", "HP", "Lenovo", "Apple", "Fujitsu", "Acer", "Asus", "Microsoft", "Supermicro", "Cisco")
_SERIES = ("ThinkPad T14", "Latitude 7450", "EliteBook 840", "MacBook Pro 14", "OptiPlex 7020", "ProDesk 600")
_CITIES = (
    "Berlin",
    "München",
    "Köln",
    "Zürich",
    "Wien",
    "Lyon",
    "São Paulo",
    "Kraków",
    "Oslo",
    "Malmö",
    "Gent",
)
_SITES = ("Headquarters", "Warehouse", "Plant", "Branch", "Lab", "Data centre")
_DEPARTMENTS = (
    "Sales",
    "Finance",
    "Research",
    "Support",
    "Logistics",
    "Legal",
    "Marketing",
    "Operations, EMEA",
)
_FIRST = ("anna", "bela", "chen", "dario", "elif", "femi", "greta", "hugo", "ines", "jonas", "kaja", "liam")
_LAST = (
    "meyer",
    "novak",
    "okafor",
    "perez",
    "quinn",
    "rossi",
    "silva",
    "tanaka",
    "ueda",
    "vogel",
    "weber",
    "yilmaz",
)
_PHRASES = (
    "battery replaced under warranty",
    "keyboard layout changed to Swiss German",
    "returned by the previous owner with a scratched lid",
    'user asked for a second 27" monitor',
    "memory extended to 32 GB",
    "waiting for a spare part from the maker",
    "encrypted disk, recovery key is with the help desk",
    "docking station is missing",
    "imaged again after the move to the new domain",
    "listed twice in the spring inventory, checked on site",
)


def files(folder: Path, rows: int) -> dict[str, Path]:
    """The files by name: ``base, shuffled, delta, keyed``; made where they are not there yet.

    ``keyed`` is ``base`` behind a workspace's and a random record's id: what a database's own loader needs.
    """
    home = folder / f"machines-{EDITION}-{rows}"
    names = ("base", "shuffled", "delta", "keyed")
    made = {name: home / f"{name}.csv" for name in names}
    if (home / "complete").exists():
        return made
    home.mkdir(parents=True, exist_ok=True)
    base = machines(pl.int_range(rows, dtype=pl.UInt64, eager=True))
    base.write_csv(made["base"])
    shuffled(base, 11).write_csv(made["shuffled"])
    delta(base).write_csv(made["delta"])
    ids = shuffled(pl.DataFrame({"id": pl.int_range(rows, eager=True)}), 13)["id"] * 9_007 + 1
    base.select(pl.lit(1).alias("workspace_id"), ids.alias("id"), pl.all()).write_csv(made["keyed"])
    (home / "complete").touch()
    return made


def machines(number: pl.Series) -> pl.DataFrame:
    """The machines of these numbers, each the same whenever it is asked for."""
    frame = number.alias("number").to_frame()
    serial = _hexadecimal(_mixed(1))
    owner = pl.concat_str(_one_of(_FIRST, 2), _one_of(_LAST, 3), separator=".")
    some = _share
    comment = pl.concat_str(_one_of(_PHRASES, 4), _one_of(_PHRASES, 5), _one_of(_PHRASES, 6), separator="; ")
    day = pl.lit("2015-01-01").str.to_date() + pl.duration(days=_below(4_000, 7))
    columns = (
        serial,
        pl.concat_str(_one_of(_SITES, 8), pl.lit(" machine "), pl.col("number").cast(pl.String)),
        _one_of(_MAKERS, 9),
        pl.concat_str(_one_of(_SERIES, 10), pl.lit(" G"), (_below(9, 11) + 1).cast(pl.String)),
        _blank(_one_of(_CITIES, 12), some(0.10, 13)),
        _one_of(_DEPARTMENTS, 14),
        _below(500, 15).cast(pl.String),
        pl.concat_str(
            (_below(5_000, 16) + 10).cast(pl.String),
            pl.lit("."),
            (_below(100, 17)).cast(pl.String).str.zfill(2),
        ),
        day.cast(pl.String),
        _blank(
            pl.concat_str(owner, (pl.col("number") % 9_973).cast(pl.String), pl.lit("@example.org")),
            some(0.15, 18),
        ),
        pl.concat_str(pl.lit("AT-"), (pl.col("number") + 100_000).cast(pl.String)),
        _blank(comment, some(0.30, 19)),
    )
    return frame.select(each.alias(name) for name, each in zip(COLUMNS, columns, strict=True))


def delta(base: pl.DataFrame) -> pl.DataFrame:
    """The next export: 5 % changed (a price each, a city in every other), 2 % new, 1 % missing, in another order."""
    rows = base.height
    fate = pl.col("number").cast(pl.UInt64)
    kept = (
        base.with_row_index("number")
        .with_columns(chance=_unit(21, fate), other=_unit(22, fate))
        .filter(pl.col("chance") >= MISSING)
        .with_columns(changed=pl.col("chance") < MISSING + CHANGED)
        .with_columns(
            price=pl.when("changed").then(pl.lit("7") + pl.col("price")).otherwise("price"),
            city=pl.when(pl.col("changed") & (pl.col("other") < 0.5))
            .then(pl.lit("Genève"))
            .otherwise("city"),
        )
        .select(COLUMNS)
    )
    added = machines(pl.int_range(rows, rows + round(rows * NEW), dtype=pl.UInt64, eager=True))
    return shuffled(pl.concat([kept, added]), 23)


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The same rows in another order."""
    order = pl.int_range(frame.height, dtype=pl.UInt64, eager=True).alias("number").to_frame()
    return frame[order.select(_mixed(seed).arg_sort()).to_series()]


def _mixed(seed: int, number: pl.Expr | None = None) -> pl.Expr:
    """splitmix64 of the number: a bijection, so that distinct numbers stay distinct."""

    def word(value: int) -> pl.Expr:
        return pl.lit(value, dtype=pl.UInt64)

    state = ((pl.col("number") if number is None else number) + word(seed << 40)) * word(0x9E3779B97F4A7C15)
    state = (state ^ (state // word(1 << 30))) * word(0xBF58476D1CE4E5B9)
    state = (state ^ (state // word(1 << 27))) * word(0x94D049BB133111EB)
    return state ^ (state // word(1 << 31))


def _below(limit: int, seed: int) -> pl.Expr:
    return _mixed(seed) % pl.lit(limit, dtype=pl.UInt64)


def _unit(seed: int, number: pl.Expr) -> pl.Expr:
    return (_mixed(seed, number) % pl.lit(1_000_000, dtype=pl.UInt64)).cast(pl.Float64) / 1_000_000


def _share(share: float, seed: int) -> pl.Expr:
    return _unit(seed, pl.col("number")) < share


def _one_of(words: Sequence[str], seed: int) -> pl.Expr:
    return pl.lit(pl.Series(words)).gather(_below(len(words), seed))


def _blank(value: pl.Expr, where: pl.Expr) -> pl.Expr:
    return pl.when(~where).then(value)


def _hexadecimal(number: pl.Expr) -> pl.Expr:
    """16 hexadecimal digits, four at a time from a table."""
    table = pl.lit(pl.Series([f"{each:04X}" for each in range(65_536)]))
    quarters = [
        (number // pl.lit(1 << shift, dtype=pl.UInt64)) % pl.lit(65_536, dtype=pl.UInt64)
        for shift in (48, 32, 16, 0)
    ]
    return pl.concat_str(table.gather(each) for each in quarters)


def main() -> None:
    """``python -m benchmarks.machines FOLDER ROWS``: in a process of its own, so that no memory stays behind."""
    made = files(Path(sys.argv[1]), int(sys.argv[2]))
    told = {name: str(path) for name, path in made.items()}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
