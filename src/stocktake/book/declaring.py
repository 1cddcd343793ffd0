"""What is declared: record types, sources, saved mappings, discovery flows (TYP, PRE-2, MAP-4, LIN-10)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from stocktake.access.right import Right
from stocktake.book import mapped
from stocktake.book.declared import Declared
from stocktake.book.ground import Ground
from stocktake.book.mapped import KeptMapping
from stocktake.book.right import needs
from stocktake.catalog.mapping_declaration import mapping_to_json
from stocktake.model.errors import InvalidInput
from stocktake.model.flow import PHASE, DiscoveryFlow
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.reporting.declaration import declaration
from stocktake.reporting.sentence import plural
from stocktake.stores.unit import Unit


class Declaring(Ground):
    """The part of a book that declarations are kept by."""

    @needs(Right.PLATFORM)
    def add_record_type(self, text: str, *, origin: str = "<text>") -> tuple[RecordType, tuple[str, ...]]:
        """Declare a record type from TOML or JSON; the type and the fields it gained (TYP-7).

        Raises ``InvalidInput`` with all mistakes at once, or ``destructive-change``.
        """
        self._set_up()
        record_type = self.declared().checked_record_type(text, origin=origin)
        return record_type, self._define(record_type)

    @needs(Right.MANAGE)
    def add_source(self, source: Source) -> Source:
        """Declare a source of this workspace, or change its declaration (PRE-2).

        Raises ``NotFound`` for a record type, and ``InvalidInput`` for a field, that is not declared.
        """
        self._set_up()
        checked = self.declared().checked_source(source)
        after, at = Declared.source_text(checked), self.clock()
        with self._writing() as unit:
            before = unit.source_descriptors().get(checked.name)
            unit.keep_source(checked.name, after, at=at)
            tracks = ", tracking presence" if checked.tracks_presence else ""
            entry = declaration(
                "declare-source",
                f"the source {checked.name}",
                before,
                after,
                by=self.by,
                told=f", which delivers {', '.join(checked.record_types)}{tracks}",
            )
            unit.log(None, entry, at=at, actor=self.by, source=checked.name)
        return checked

    @needs(Right.VIEW)
    def mappings(self) -> list[KeptMapping]:
        """The saved mappings of this workspace, by name (MAP-4)."""
        if not self.store.exists or not self.store.is_set_up:
            return []
        with self._reading() as unit:
            return [KeptMapping(**each) for each in unit.saved_mappings()]

    @needs(Right.VIEW)
    def mapping(self, name: str) -> KeptMapping:
        """A saved mapping. Raises ``NotFound`` ``unknown-mapping``."""
        return mapped.named(name, self.mappings())

    @needs(Right.MANAGE)
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
        before = next((each for each in kept if each.name == name), None)
        self._set_up()
        at = self.clock()
        with self._writing() as unit:
            unit.keep_saved_mapping(
                name,
                source=made.source,
                record_type=record_type,
                descriptor=made.descriptor,
                at=at,
            )
            self._log_mapping(unit, "save-mapping", before, made, at=at)
        return made

    @needs(Right.MANAGE)
    def remove_mapping(self, name: str) -> KeptMapping:
        """Forget a saved mapping; what it was. Raises ``NotFound`` ``unknown-mapping``."""
        found, at = self.mapping(name), self.clock()
        with self._writing() as unit:
            unit.drop_saved_mapping(name)
            self._log_mapping(unit, "remove-mapping", found, None, at=at)
        return found

    def _log_mapping(
        self, unit: Unit, act: str, before: KeptMapping | None, after: KeptMapping | None, *, at: datetime
    ) -> None:
        kept = after or before
        if kept is None:
            return
        entry = declaration(
            act,
            f"the mapping {kept.name} of {kept.record_type} from {kept.source}",
            before.descriptor if before else None,
            after.descriptor if after else None,
            by=self.by,
        )
        unit.log(None, entry, at=at, actor=self.by, source=kept.source, record_type=kept.record_type)

    def _define(self, record_type: RecordType) -> tuple[str, ...]:
        known, at = self.declared().stored_record_types.get(record_type.name), self.clock()
        text = Declared.record_type_text(record_type)
        origin = f" of the pack {record_type.pack}" if record_type.pack else ""
        entry = declaration(
            "declare-type",
            f"the record type {record_type.title} ({record_type.name}){origin}",
            Declared.record_type_text(known) if known else None,
            text,
            by=self.by,
            told=f", with {plural(len(record_type.fields), 'field')}",
        )

        def log(unit: Unit) -> None:
            unit.log(None, entry, at=at, actor=self.by, record_type=record_type.name)

        return self.store.define(record_type, text, at=at, workspace_id=self.workspace_id, beside=log)

    @needs(Right.VIEW)
    def discovery_flows(self) -> list[dict[str, Any]]:
        """``flow_id, master_flow_id, name, created_at`` of every discovery flow, oldest first (LIN-10).

        Raises ``NotFound`` ``no-database``.
        """
        with self._reading() as unit:
            found: list[dict[str, Any]] = unit.discovery_flows()
        return found

    @needs(Right.MANAGE)
    def add_discovery_flow(
        self, flow_id: str, *, master: str | None = None, name: str | None = None
    ) -> dict[str, Any]:
        """Make a discovery flow, or give it another master flow or name (LIN-10)."""
        self._set_up()
        at = self.clock()
        with self._writing() as unit:
            before = _flow_text(unit, flow_id)
            unit.keep_discovery_flow(flow_id, master_flow_id=master, name=name, at=at)
            subject = f"the discovery flow {flow_id}"
            entry = declaration("declare-flow", subject, before, _flow_text(unit, flow_id), by=self.by)
            unit.log(None, entry, at=at, actor=self.by)
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
        there = self.discovery_flows() if self.store.exists and self.store.is_set_up else []
        known = {each["flow_id"]: each["master_flow_id"] for each in there}
        return DiscoveryFlow(flow_id=flow_id, master_flow_id=known.get(flow_id), phase=phase or PHASE)


def _flow_text(unit: Unit, flow_id: str) -> str | None:
    told = ("flow_id", "master_flow_id", "name")
    found = (each for each in unit.discovery_flows() if each["flow_id"] == flow_id)
    return next((json.dumps({name: each[name] for name in told}) for each in found), None)
