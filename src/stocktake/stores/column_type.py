"""Column types that hold the same values on both stores (TYP-2, TYP-8).

A value travels as canonical text; ``to_text`` is the expression that gives it back in that form, so that what planning
compares is the same whatever the store keeps.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    case,
    cast,
    func,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

from stocktake.model.record_type import FieldType

#: Fixed width, UTC, so that text order is time order (TYP-8).
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_POSTGRES_TIME = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

WHOLE: TypeEngine[int] = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
FLAG: TypeEngine[bool] = Boolean().with_variant(sqlite.INTEGER(), "sqlite")
#: Counts, and numbers of runs, feeds and mappings, where a million rows repeat them.
NUMBER = Integer()
BYTES = LargeBinary()
WORDS = Text()
#: Keys compare by their bytes on both stores, and not by the rules of a language, which also cost more.
KEY: TypeEngine[str] = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


#: Before everything that was ever written: says "is set" in a way that every planner answers from an index.
EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` on PostgreSQL, fixed-width text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The dialect's own column type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: datetime | str | None, dialect: Dialect) -> Any:
        """To the database; text is taken as canonical already."""
        if value is None or isinstance(value, str):
            return value
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.strftime(TIME_FORMAT)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database, in UTC."""
        if value is None or isinstance(value, datetime):
            return value.astimezone(UTC) if value else None
        return datetime.strptime(value, TIME_FORMAT).replace(tzinfo=UTC)


_EXACT = Numeric().with_variant(Text(), "sqlite")
_DAY = Date().with_variant(Text(), "sqlite")
_DOCUMENT = postgresql.JSON().with_variant(Text(), "sqlite")

_COLUMN_TYPES: dict[FieldType, TypeEngine[Any]] = {
    FieldType.INTEGER: WHOLE,
    FieldType.DECIMAL: _EXACT,
    FieldType.BOOLEAN: FLAG,
    FieldType.DATE: _DAY,
    FieldType.DATETIME: Instant(),
    FieldType.JSON: _DOCUMENT,
}


def column_type(field_type: FieldType) -> TypeEngine[Any]:
    """The column type of a declared field."""
    return _COLUMN_TYPES.get(field_type, WORDS)


def to_text(column: Column[Any] | ColumnElement[Any], dialect: str) -> ColumnElement[str | None]:
    """``column`` as canonical text, whatever the store keeps it as."""
    if column.type is FLAG:
        return case(
            (column.is_(None), None),
            (column == cast(1, column.type) if dialect == "sqlite" else column, "true"),
            else_="false",
        )
    if dialect == "sqlite":
        return column if isinstance(column.type, Text) else cast(column, Text)
    if isinstance(column.type, Instant):
        return func.to_char(func.timezone("UTC", column), _POSTGRES_TIME)
    return cast(column, Text)
