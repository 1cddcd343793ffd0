"""Making typed tables, and what surrounds every table of a workspace on PostgreSQL: policies and grants (SEC-2, SEC-11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, MetaData, Table, insert, inspect, select, text
from sqlalchemy.schema import CreateColumn, CreateView, DropView

from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import RecordType
from stocktake.stores import schema
from stocktake.stores.directory_table import DIRECTORY_TABLES
from stocktake.stores.readiness import guard_readiness
from stocktake.stores.stage_view import stage_history, stage_view_name
from stocktake.stores.typed_table import typed_table

#: The role under which everything but migrations and DDL runs; it owns nothing and cannot bypass policies (SEC-11).
APPLICATION_ROLE = "stocktake_app"


def define_type(
    connection: Connection, record_type: RecordType, descriptor: str, at: datetime
) -> tuple[str, ...]:
    """Create or extend the typed table of a record type and keep its descriptor; the columns that were added (TYP-7).

    Raises ``InvalidInput`` ``reserved-name``.
    """
    typed, kept = typed_table(record_type), schema.record_type
    known = connection.execute(select(kept.c.name).where(kept.c.name == record_type.name)).first()
    if known is None:
        if inspect(connection).has_table(typed.name):
            raise InvalidInput(
                "reserved-name",
                f'The database already has a table "{typed.name}" that Stocktake did not make.',
                hint="Give the record type another name.",
            )
        create_table(connection, typed)
        guard_readiness(connection, record_type, typed)
        create_stage_view(connection, record_type)
        connection.execute(
            insert(kept).values(name=record_type.name, descriptor=descriptor, created_at=at, changed_at=at)
        )
        return ()
    added = add_columns(connection, typed)
    guard_readiness(connection, record_type, typed)
    create_stage_view(connection, record_type)
    connection.execute(
        kept.update().where(kept.c.name == record_type.name).values(descriptor=descriptor, changed_at=at)
    )
    return added


def create_table(connection: Connection, table: Table) -> None:
    """Create a typed table; on PostgreSQL with its policies, in the same transaction."""
    table.create(connection)
    guard_table(connection, table)


def add_columns(connection: Connection, table: Table) -> tuple[str, ...]:
    """Add the columns that ``table`` has and the database lacks (TYP-7: additive changes); their names."""
    known = {each["name"] for each in inspect(connection).get_columns(table.name)}
    missing = [column for column in table.columns if column.name not in known]
    quoted = connection.dialect.identifier_preparer.format_table(table)
    for column in missing:
        definition = CreateColumn(column).compile(dialect=connection.dialect)
        connection.execute(text(f"ALTER TABLE {quoted} ADD COLUMN {definition}"))
    return tuple(column.name for column in missing)


def guard_table(connection: Connection, table: Table) -> None:
    """Row-level security and the application's rights on one table; SQLite has neither, and guards by triggers (SEC-8)."""
    quoted = connection.dialect.identifier_preparer.format_table(table)
    if connection.dialect.name != "postgresql":
        if table.name in schema.APPEND_ONLY:
            _refuse_changes(connection, table)
        return
    if table.name in schema.GLOBAL_TABLES:
        connection.execute(text(f"GRANT SELECT ON {quoted} TO {APPLICATION_ROLE}"))
        return
    rights = "SELECT, INSERT" if table.name in schema.APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
    for statement in (
        f"ALTER TABLE {quoted} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {quoted} FORCE ROW LEVEL SECURITY",
        *_policies(table, quoted),
        f"GRANT {rights} ON {quoted} TO {APPLICATION_ROLE}",
    ):
        connection.execute(text(statement))


def _policies(table: Table, quoted: str) -> tuple[str, ...]:
    """Who sees and writes which rows: a workspace's own units; those of the directory where it is about people or jobs."""
    mine = "workspace_id = nullif(current_setting('stocktake.workspace', true), '')::bigint"
    open_ = "current_setting('stocktake.directory', true) = 'on'"
    if table.name not in DIRECTORY_TABLES:
        seen = f"({mine} OR {open_})" if table.name in schema.QUEUES else mine
        return (f"CREATE POLICY own_workspace ON {quoted} USING ({seen}) WITH CHECK ({seen})",)
    made = f"CREATE POLICY directory ON {quoted} USING ({open_}) WITH CHECK ({open_})"
    if table.name != schema.workspace.name:
        return (made,)
    return (made, f"CREATE POLICY own_workspace ON {quoted} FOR SELECT USING ({mine})")


def _refuse_changes(connection: Connection, table: Table) -> None:
    """What is written there stays; ``INSERT OR REPLACE`` deletes without a word, so it is refused before it does."""
    preparer = connection.dialect.identifier_preparer
    keys = [preparer.quote(each.name) for each in table.primary_key]
    same = " AND ".join(f"{each} = NEW.{each}" for each in keys)
    quoted = preparer.format_table(table)
    there = f"EXISTS (SELECT 1 FROM {quoted} WHERE {same})"  # noqa: S608
    refusal = f"RAISE(ABORT, '{table.name} is append-only: nothing in it is changed or deleted')"
    for event, condition in (("UPDATE", ""), ("DELETE", ""), ("INSERT", f" WHEN {there}")):
        trigger = preparer.quote(f"{table.name}_{event.lower()}")
        statement = (
            f"CREATE TRIGGER {trigger} BEFORE {event} ON {quoted}{condition} BEGIN SELECT {refusal}; END"
        )
        connection.execute(text(statement))


def add_flow_key(connection: Connection, table: Table) -> None:
    """The foreign key from records to their discovery flows, not validated yet; nothing where it is there (BAC-4)."""
    name = _flow_key(table)
    if name in {each["name"] for each in inspect(connection).get_foreign_keys(table.name)}:
        return
    quote = connection.dialect.identifier_preparer.quote
    flows = schema.discovery_flow
    connection.execute(
        text(
            f"ALTER TABLE {quote(table.name)} ADD CONSTRAINT {quote(name)} "
            f"FOREIGN KEY (workspace_id, discovery_flow_id) "
            f"REFERENCES {quote(flows.name)} (workspace_id, flow_id) NOT VALID"
        )
    )


def validate_flow_key(connection: Connection, table: Table) -> None:
    """Have the database look at every row; ``IntegrityError`` where one names a flow that is not there."""
    quote = connection.dialect.identifier_preparer.quote
    statement = f"ALTER TABLE {quote(table.name)} VALIDATE CONSTRAINT {quote(_flow_key(table))}"
    connection.execute(text(statement))


def _flow_key(table: Table) -> str:
    return f"{table.name}_discovery_flow"


def create_stage_view(connection: Connection, record_type: RecordType) -> None:
    """Make the view of a type's stage history anew, or take it away from a type that tracks no stage (HIS-9).

    On PostgreSQL it looks with the eyes of who asks, so that policies hold. Raises ``InvalidInput`` ``reserved-name`` where
    the name is taken by a table.
    """
    name, known = stage_view_name(record_type), inspect(connection)
    tracked = "stage" in record_type.tracked
    if tracked and name in known.get_table_names():
        raise InvalidInput(
            "reserved-name",
            f'The history of {record_type.title.lower()} stages is shown as "{name}", but that is a table already.',
            hint="Give the record type another name.",
        )
    postgres = connection.dialect.name == "postgresql"
    if name in known.get_view_names() and not (postgres and tracked):
        connection.execute(DropView(Table(name, MetaData())))
    if not tracked:
        return
    view = CreateView(stage_history(record_type, connection.dialect.name), name, or_replace=postgres)
    connection.execute(view)
    if postgres:
        quoted = connection.dialect.identifier_preparer.format_table(view.table)
        connection.execute(text(f"ALTER VIEW {quoted} SET (security_invoker = true)"))
        connection.execute(text(f"GRANT SELECT ON {quoted} TO {APPLICATION_ROLE}"))
