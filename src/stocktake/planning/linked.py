"""Rows beside the links of their keys, and which of them are settled at that (PLN-20, PLN-26)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import polars as pl

from stocktake.planning.beside import picked
from stocktake.planning.packed import detached


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The rows of a file beside the links of their keys.

    rows: as they came, and ``_link`` (the place in ``open_links``, null where there is none), ``_link_record`` and
    ``_link_present`` of the row's link, ``settled``. open_links: the source's links that settle no row, as the store gave
    them; of a link that does, all that planning needs stands beside its row.
    """

    rows: pl.DataFrame
    open_links: pl.DataFrame

    def records(self) -> pl.DataFrame:
        """``_record_id, _keyless, _present, _seen`` of every link of the source; seen: a row carries its key."""
        settled = picked(
            self.rows,
            pl.col("settled"),
            _record_id="_link_record",
            _keyless="_keyless",
            _present="_link_present",
            _seen=pl.lit(value=True),
        )
        seen = pl.repeat(value=False, n=self.open_links.height, dtype=pl.Boolean, eager=True)
        met = self.rows["_link"].drop_nulls()
        waiting = self.open_links.with_columns(_seen=seen.scatter(met, True) if met.len() else seen)
        return pl.concat([waiting.select(settled.columns), settled])


class LinkSearch:
    """Looks for the row of each link while the store hands the links over, so that they are never held all at once.

    rows: ``_key, _keyless, _hash, _faulty, duplicate, collision`` …. retired: ``_record_id`` of retired records. A row is
    settled where its hash and mapping are those of its present link and its record is not retired (PLN-20).
    """

    def __init__(
        self, rows: pl.DataFrame, retired: pl.DataFrame, *, mapping_id: int | None, refresh: bool
    ) -> None:
        self._rows = rows
        self._keys = _Keys(rows)
        self._sound = rows.select(
            ~(pl.col("_faulty") | pl.col("duplicate") | pl.col("collision"))
        ).to_series()
        self._quiet = (
            pl.col("_present")
            & (pl.col("_mapping") == pl.lit(mapping_id, dtype=pl.Int64)).fill_null(value=False)
            & ~pl.col("_record_id").is_in(retired["_record_id"].implode())
            & pl.lit(value=not refresh)
        )
        self._open: list[pl.DataFrame] = []
        self._open_count = 0
        self._found = {
            "_link": _nothing(rows.height, pl.UInt32),
            "_link_record": _nothing(rows.height, pl.Int64),
            "_link_present": _nothing(rows.height, pl.Boolean),
            "settled": pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True),
        }

    def meet(self, links: pl.DataFrame) -> None:
        """Find the rows of some of the source's links: ``_key, _keyless, _record_id, _hash, _mapping, _present`` …."""
        row = self._keys.rows_of(links)
        same = (links["_hash"] == self._rows["_hash"].gather(row)) & self._sound.gather(row)
        settles = links.select(self._quiet & same.fill_null(value=False)).to_series()
        stays = pl.select(pl.when(~settles).then((~settles).cum_sum() - 1 + self._open_count)).to_series()
        met = row.is_not_null()
        row = row.filter(met)
        for name, values in (
            ("_link", stays.cast(pl.UInt32)),
            ("_link_record", links["_record_id"]),
            ("_link_present", links["_present"]),
            ("settled", settles),
        ):
            self._found[name] = self._found[name].scatter(row, values.filter(met))
        left = detached(links.filter(~settles))
        self._open.append(left)
        self._open_count += left.height

    def linked(self) -> Linked:
        """What came of it, once the last link was handed over."""
        found = self._keys.followed(pl.DataFrame(self._found))
        return Linked(
            rows=self._rows.drop("_faulty").with_columns(found.get_columns()),
            open_links=pl.concat(self._open),
        )


class _Keys:
    """The keys of rows, to be searched for many times.

    Hashes are searched in sorted hashes, and keys then compared: a tenth of the memory that joining text takes. Of rows that
    carry one key the first sound one leads, and the others follow it.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows.select("_key", "_keyless")
        for self._seed in itertools.count(step=2):  # two keys have one hash in some ten million files
            numbers = self._numbers(self._rows)
            self._order = numbers.arg_sort().cast(pl.UInt32)
            self._ordered = numbers.gather(self._order)
            repeated = (self._ordered == self._ordered.shift(1)).fill_null(value=False)
            if not self._differ(repeated):
                break
        again = repeated | repeated.shift(-1, fill_value=False)
        runs = rows.select("duplicate", "collision").with_row_index("row")[self._order.filter(again)]
        runs = runs.with_columns(number=self._ordered.filter(again), place=again.arg_true()).sort(
            "number", "duplicate", "collision", "row"
        )
        self._order = self._order.scatter(runs["place"].sort(), runs["row"])
        self._runs = runs.select("row", leader=pl.col("row").first().over("number"))

    def _numbers(self, keyed: pl.DataFrame) -> pl.Series:
        key = pl.col("_key")
        keyless, own = key.hash(seed=self._seed + 1), key.hash(seed=self._seed)
        return keyed.select(pl.when(pl.col("_keyless")).then(keyless).otherwise(own)).to_series()

    def _differ(self, repeated: pl.Series) -> bool:
        """Whether rows with one hash have two keys."""
        at = repeated.arg_true()
        here, before = (self._rows[self._order.gather(places)] for places in (at, at - 1))
        return not here.equals(before)

    def rows_of(self, links: pl.DataFrame) -> pl.Series:
        """UInt32 per link: the place of the row that carries its key, null where none does.

        The content key of a row without an external id is told apart from real ones. Both have ``_key, _keyless``.
        """
        found = self._ordered.search_sorted(self._numbers(links), side="left")
        inside = pl.select(pl.when(found < self._ordered.len()).then(found)).to_series()
        row = self._order.gather(inside)
        theirs = self._rows[["_key", "_keyless"]]
        right = (links["_key"] == theirs["_key"].gather(row)) & (
            links["_keyless"] == theirs["_keyless"].gather(row)
        )
        return pl.select(pl.when(right).then(row)).to_series()

    def followed(self, found: pl.DataFrame) -> pl.DataFrame:
        """``found`` per row, where rows that repeat a key have the link of the one that leads; only that may be settled."""
        behind = self._runs.filter(pl.col("row") != pl.col("leader"))
        if behind.is_empty():
            return found
        return found.with_columns(
            found[name].scatter(behind["row"], found[name].gather(behind["leader"]))
            for name in found.columns
            if name != "settled"
        )


def _nothing(height: int, dtype: type[pl.DataType]) -> pl.Series:
    return pl.select(pl.repeat(None, height, dtype=dtype)).to_series()
