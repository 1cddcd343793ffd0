"""What is declared: record types, sources, saved mappings, discovery flows (TYP, PRE-2, MAP-4, LIN-10)."""

from __future__ import annotations

from typing import Any

from stocktake.book import mapped
from stocktake.book.declared import Declared
from stocktake.book.ground import Ground
from stocktake.book.mapped import KeptMapping
from stocktake.catalog.mapping_declaration import mapping_to_json
from stocktake.model.errors import InvalidInput
from stocktake.model.flow import PHASE, DiscoveryFlow
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source


class Declaring(Ground):
    """The part of a book that declarations are kept by."""

    def add_record_type(self, text: str, *, origin: str = "<text>") -> tuple[RecordType, tuple[str, ...]]:
        """Declare a record type from TOML or JSON; the type and the fields it gained (TYP-7).

        Raises ``InvalidInput`` with all mistakes at once, or ``destructive-change``.
        """
        self.set_up()
        record_type = self.declared().checked_record_type(text, origin=origin)
        return record_type, self._define(record_type)

    def add_source(self, source: Source) -> Source:
        """Declare a source of this workspace, or change its declaration (PRE-2).

        Raises ``NotFound`` for a record type, and ``InvalidInput`` for a field, that is not declared.
        """
        self.set_up()
        checked = self.declared().checked_source(source)
        with self._writing() as unit:
            unit.keep_source(checked.name, Declared.source_text(checked), at=self.clock())
        return checked

    def mappings(self) -> list[KeptMapping]:
        """The saved mappings of this workspace, by name (MAP-4)."""
        if not self.store.exists or not self.store.is_set_up:
            return []
        with self._reading() as unit:
            return [KeptMapping(**each) for each in unit.saved_mappings()]

    def mapping(self, name: str) -> KeptMapping:
        """A saved mapping. Raises ``NotFound`` ``unknown-mapping``."""
        return mapped.named(name, self.mappings())

    def add_mapping(
        self, name: str, text: str, *, record_type: str, source: str, origin: str = "<text>"
    ) -> KeptMapping:
        """Save a mapping, in TOML or JSON, for the files of a source (MAP-4).

        Raises ``InvalidInput`` with all mistakes at once, or ``mapping-of-other-source``.
        """
        declared, kept = self.declared(), self.mappings()
        saved = mapped.checked(name, text, declared, kept, kind=record_type, source=source, origin=origin)
        made = KeptMapping(
            name=name,
            source=declared.source(source, record_type).name,
            record_type=record_type,
            descriptor=mapping_to_json(saved),
        )
        self.set_up()
        with self._writing() as unit:
            unit.keep_saved_mapping(
                name,
                source=made.source,
                record_type=record_type,
                descriptor=made.descriptor,
                at=self.clock(),
            )
        return made

    def remove_mapping(self, name: str) -> KeptMapping:
        """Forget a saved mapping; what it was. Raises ``NotFound`` ``unknown-mapping``."""
        found = self.mapping(name)
        with self._writing() as unit:
            unit.drop_saved_mapping(name)
        return found

    def _define(self, record_type: RecordType) -> tuple[str, ...]:
        return self.store.define(record_type, Declared.record_type_text(record_type), at=self.clock())

    def discovery_flows(self) -> list[dict[str, Any]]:
        """``flow_id, master_flow_id, name, created_at`` of every discovery flow, oldest first (LIN-10)."""
        if not self.store.exists or not self.store.is_set_up:
            return []
        with self._reading() as unit:
            found: list[dict[str, Any]] = unit.discovery_flows()
        return found

    def add_discovery_flow(
        self, flow_id: str, *, master: str | None = None, name: str | None = None
    ) -> dict[str, Any]:
        """Make a discovery flow, or give it another master flow or name (LIN-10)."""
        self.store.migrate(at=self.clock())
        with self._writing() as unit:
            unit.keep_discovery_flow(flow_id, master_flow_id=master, name=name, at=self.clock())
        return next(each for each in self.discovery_flows() if each["flow_id"] == flow_id)

    def _flow(self, flow_id: str | None, phase: str | None, record_type: RecordType) -> DiscoveryFlow | None:
        """The flow that an import belongs to, with its master flow as it stands now."""
        if flow_id is None:
            if phase is not None:
                raise InvalidInput(
                    "bad-option",
                    "--phase is the phase of a discovery flow, and no flow is named.",
                    hint="Add --flow ID.",
                )
            return None
        if "discovery_flow_id" not in record_type:
            raise InvalidInput(
                "bad-option",
                f"{record_type.title} has no field discovery_flow_id, so it cannot belong to a discovery flow.",
                hint="Leave --flow out, or import a type that can, such as server.",
            )
        known = {each["flow_id"]: each["master_flow_id"] for each in self.discovery_flows()}
        return DiscoveryFlow(flow_id=flow_id, master_flow_id=known.get(flow_id), phase=phase or PHASE)
