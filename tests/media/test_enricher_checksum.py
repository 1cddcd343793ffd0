"""The checksum over the attached enrichers (MED-D6)."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from stocktake.media.enricher_checksum import enricher_checksum, enricher_snapshot
from stocktake.model.media import AttachedEnricher

settings = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)
attached = st.builds(
    lambda name, priority, config: AttachedEnricher(
        enricher_id=name, priority=priority, config=tuple(config.items())
    ),
    st.sampled_from(["technical", "sidecar", "file-name"]),
    st.integers(-1000, 1000),
    settings,
)
lists = st.lists(attached, min_size=1, max_size=5)


@given(lists, st.randoms(use_true_random=False))
def test_the_order_of_attaching_does_not_matter(these: list[AttachedEnricher], chance: random.Random) -> None:
    """MED-D6: neither that of the enrichers nor that of one's settings."""
    others = [
        replace(each, config=tuple(chance.sample(each.config, len(each.config))))
        for each in chance.sample(these, len(these))
    ]
    assert enricher_checksum(others) == enricher_checksum(these)
    assert enricher_snapshot(others) == enricher_snapshot(these)


@given(lists, st.integers(1, 9))
def test_a_changed_priority_changes_it(these: list[AttachedEnricher], more: int) -> None:
    """MED-D6."""
    first, *rest = these
    changed = [replace(first, priority=first.priority + more), *rest]
    assert enricher_checksum(changed) != enricher_checksum(these)


@given(lists, settings)
def test_a_changed_configuration_changes_it(these: list[AttachedEnricher], config: dict[str, str]) -> None:
    """MED-D6."""
    first, *rest = these
    assume(config != dict(first.config))
    changed = [replace(first, config=tuple(config.items())), *rest]
    assert enricher_checksum(changed) != enricher_checksum(these)


@given(lists)
def test_one_more_or_one_less_changes_it(these: list[AttachedEnricher]) -> None:
    """MED-D6: also the same one attached twice."""
    assert enricher_checksum([*these, these[0]]) != enricher_checksum(these)
    assert enricher_checksum(these[1:]) != enricher_checksum(these)


def test_the_snapshot_is_the_list_that_was_hashed() -> None:
    """MED-D6: as anybody can compute it anew; an empty list has a checksum too."""
    these = [
        AttachedEnricher(
            enricher_id="technical", priority=20, config=(("tool", "ffprobe"), ("seconds", "5"))
        ),
        AttachedEnricher(enricher_id="sidecar", priority=10),
    ]
    snapshot = enricher_snapshot(these)
    assert json.loads(snapshot) == [
        {"enricher_id": "sidecar", "priority": 10, "config": {}},
        {"enricher_id": "technical", "priority": 20, "config": {"seconds": "5", "tool": "ffprobe"}},
    ]
    assert enricher_checksum(these) == hashlib.sha256(snapshot.encode()).hexdigest()
    assert enricher_checksum([]) == hashlib.sha256(b"[]").hexdigest()
