"""A folder tree as a source of media (MED-B14): it is looked at, and never written to.

A discovery goes through stages, and ends at the first that suffices: the walk alone, where everything is as it was; a
comparison of each file with what was remembered; for what differs, its key, its name and, where the collection asks, its
content. What could not be looked at is told, and what was known of it is unknown, not missing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.media import junk
from stocktake.media.canonical_key import KEY_RULE
from stocktake.media.name import MediaName
from stocktake.media.naming import read_name
from stocktake.media.raw_path import shown, source_uris
from stocktake.model.errors import InvalidInput, NotFound, Unreadable
from stocktake.model.media import Collection, FoundCollection, MediaScope, MediaSource
from stocktake.ports.importer import DISCOVERED, Discovery
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.filetree.believing import exchanged
from stocktake.readers.filetree.concluding import Conclude, Conclusion
from stocktake.readers.filetree.digest import digest_of
from stocktake.readers.filetree.judging import Judge, Judged, flagged, unchanged
from stocktake.readers.filetree.narrowing import Narrowing
from stocktake.readers.filetree.remembering import remembered
from stocktake.readers.filetree.setting import FileTreeSetting
from stocktake.readers.filetree.skipping import skips_among, skips_of, together
from stocktake.readers.filetree.state import read_state
from stocktake.readers.filetree.survey import Survey, root_path, surveyed

_USUAL = FileTreeSetting()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTree:
    """An :class:`~stocktake.ports.importer.Importer` of folders.

    ``collection``: the one that is discovered and validated; None where only the source's collections are asked for.
    ``at``: when this began, by the machine whose clock the files were written with. ``read_name`` reads the path of a media
    file relative to its root; ``grammar`` names its rules, and where that changes, names are read anew.
    ``allowed_roots``: below which folders it may lie (none: anywhere). ``let_go``: ends what ``read_name`` holds.
    ``progress`` hears of each folder that was read, and of each file whose content was.
    """

    source: MediaSource
    at: datetime
    collection: Collection | None = None
    setting: FileTreeSetting = _USUAL
    read_name: Callable[[str], MediaName] = read_name
    grammar: str = "grammar"
    allowed_roots: tuple[Path, ...] = ()
    let_go: Callable[[], None] | None = None
    progress: Progress = field(default_factory=Silence, repr=False, compare=False)
    _looks: dict[MediaScope, tuple[Survey, str]] = field(default_factory=dict, repr=False, compare=False)

    def collections(self) -> tuple[FoundCollection, ...]:
        """Each folder directly below the base, or with ``single`` the base itself; hidden ones and junk are none.

        A path that is no UTF-8 is given as ``file://``, which :meth:`discover` understands. Raises ``Unreadable``
        ``source-unreachable``.
        """
        base = root_path(self.source.path or "")
        try:
            names = sorted(
                each.name for each in os.scandir(base) if each.is_dir() and not _is_passed_over(each.name)
            )
        except OSError as error:
            raise Unreadable(
                "source-unreachable",
                f"The folder of {self.source.name} cannot be read: {shown(os.fsencode(base))}: {error.strerror}.",
                hint="Mount it, or mend its path with media-source update.",
            ) from error
        if self.source.single:
            return (_found(base, Path(base).name or base),)
        return tuple(_found(f"{base.rstrip('/')}/{name}", name) for name in names)

    def validate(self) -> tuple[str, ...]:
        """Each root that is missing, no folder, or not readable, in a sentence (MED-B14a, MED-B24)."""
        paths = self._collection.paths
        if not paths:
            return ("The collection names no folder.",)
        return tuple(said for path in paths if (said := _hindrance(root_path(path), self.allowed_roots)))

    def close(self) -> None:
        """Let go of whatever reads names."""
        if self.let_go is not None:
            self.let_go()

    def unchanged(self, scope: MediaScope, state: bytes | None) -> Discovery | None:
        """See :class:`~stocktake.ports.importer.Importer`. The walk alone tells; :meth:`discover` does not walk again."""
        if self.setting.verify:
            return None
        last = read_state(state)
        if last is not None and last.seen:
            self.progress.expect(last.seen)
        survey, digest = self._looked_at(scope)
        if last is None or last.digest != digest or survey.failures or survey.fault:
            return None
        self._looks.clear()
        return Discovery(
            frame=pl.DataFrame(schema=DISCOVERED),
            digest=digest,
            is_complete=True,
            unknown=pl.Series("canonical_key_hash", [], dtype=pl.String),
            skips=skips_of(survey.files),
            state=state,
            counts={"files": survey.files.height, "duplicates_prevented": last.late.twins},
        )

    def _looked_at(self, scope: MediaScope) -> tuple[Survey, str]:
        """The walk and its digest, once per scope."""
        if scope not in self._looks:
            survey = surveyed(self._collection, scope, self.setting, self.progress.advance)
            survey.files = flagged(survey.files, self._at_ns, self.setting)
            digest = digest_of(survey, scope, self.setting.stat_policy, self._settings())
            self._looks[scope] = (survey, digest)
        return self._looks[scope]

    @property
    def _at_ns(self) -> int:
        return int(self.at.timestamp()) * 1_000_000_000 + self.at.microsecond * 1000

    def discover(self, scope: MediaScope, known: pl.DataFrame, state: bytes | None) -> Discovery:
        """All that lies in scope; see :class:`~stocktake.ports.importer.Importer`.

        ``counts``: ``files``, ``folders``, ``assets``, ``names_read``, ``contents_read``, ``duplicates_prevented``; media
        files by change, ``new_files``, ``same_files``, ``touched_files``, ``again_files``; and, where contents were read,
        ``quick_changes`` (touched files that the quick signature alone told from what they were) and
        ``verified_differently``. A root that is not there is a ``root_fault``.

        Raises ``NotFound`` ``scope-not-found``, ``InvalidInput`` ``bad-exclude``, ``Unreadable`` ``blake3-missing``.
        """
        survey, digest = self._looked_at(scope)
        self._looks.clear()  # it is large, and is not wanted again
        last, settings = read_state(state), self._settings()
        if last and last.digest == digest and not self.setting.verify:
            judged = unchanged(survey.files, last)
        else:
            judged = Judge(
                collection=self._collection,
                setting=self.setting,
                settings=settings,
                read=self.read_name,
                at_ns=self._at_ns,
                progress=self.progress,
            ).judge(survey.files, last, Narrowing(scope))
        if last and judged.assets.is_empty() and scope.title and not self.setting.accepts_root:
            survey.fault = survey.fault or exchanged(survey.roots, last.roots)
        self._demand(scope, survey, judged)
        conclude = Conclude(survey=survey, scope=scope, setting=self.setting, last=last, parts=judged.parts)
        concluded = conclude.conclude(judged.assets, known)
        if judged.is_as_before or concluded.fault:
            kept = state
        else:
            kept = remembered(survey, judged, last, settings, digest if scope.level == "collection" else "")
        return _discovery(survey, judged, concluded, digest, kept)

    @property
    def _collection(self) -> Collection:
        if self.collection is None:
            raise InvalidInput("collection-needed", f"Say which collection of {self.source.name} is meant.")
        return self.collection

    def _settings(self) -> dict[str, Any]:
        """All that decides the rows, beside the files."""
        chosen, setting = self._collection, self.setting
        return {
            "key_rule": KEY_RULE,
            "paths": [os.fsencode(root_path(path)).hex() for path in chosen.paths],
            "fold_case": chosen.is_case_insensitive,
            "hash": chosen.hash_policy.value,
            "excludes": list(chosen.excludes),
            "grammar": self.grammar,
            "stat_policy": setting.stat_policy.value,
            "links": [setting.links.value, *setting.within],
            "with_extras": setting.with_extras,
        }

    def _demand(self, scope: MediaScope, survey: Survey, judged: Judged) -> None:
        """Raise ``NotFound`` where what was asked for is not there, and everything could be looked at (MED-B8)."""
        if scope.title is None or survey.fault or survey.failures or not judged.media.is_empty():
            return
        narrowings, named = survey.narrowings.values(), f'in collection "{self._collection.name}"'
        if not any(each.titles for each in narrowings):
            said, missing = f'There is no title "{scope.title}" {named}.', "title"
        elif scope.season is None:
            return
        elif not judged.has_season and not any(each.season_met for each in narrowings):
            said, missing = f'There is no season {scope.season} of "{scope.title}" {named}.', "season"
        elif scope.episode is None:
            return
        else:
            said = f'There is no episode {scope.episode} in season {scope.season} of "{scope.title}" {named}.'
            missing = "episode"
        raise NotFound(
            "scope-not-found",
            said,
            hint="`stocktake asset list` shows what is known of the collection.",
            details={"missing": missing},
        )


def _found(path: str, name: str) -> FoundCollection:
    raw = os.fsencode(path)
    try:
        raw.decode()
    except UnicodeDecodeError:
        path = source_uris(pl.Series([raw], dtype=pl.Binary)).item()
    name = shown(os.fsencode(name))
    return FoundCollection(external_id=name, name=name, paths=(path,))


def _is_passed_over(name: str) -> bool:
    return name.startswith(".") or junk.forsaken(name)


def _hindrance(root: str, allowed: tuple[Path, ...]) -> str | None:
    where = shown(os.fsencode(root))
    if allowed and not any(Path(os.path.realpath(root)).is_relative_to(each) for each in allowed):
        return (
            f"{where} lies below none of the folders that media may lie in: {', '.join(map(str, allowed))}."
        )
    try:
        os.scandir(root).close()
    except FileNotFoundError:
        return f"The folder {where} is not there."
    except NotADirectoryError:
        return f"{where} is no folder."
    except OSError as error:
        return f"The folder {where} cannot be read: {error.strerror}."
    return None


def _discovery(
    survey: Survey, judged: Judged, concluded: Conclusion, digest: str, state: bytes | None
) -> Discovery:
    failures = (*survey.failures, *judged.late.failures, *concluded.failures)
    failed = frozenset(each.code for each in survey.failures)
    strange = pl.DataFrame({"path": survey.strange}, schema={"path": pl.String}).with_columns(
        left=pl.lit("no-file")
    )
    return Discovery(
        frame=concluded.assets.select(DISCOVERED.keys()),
        digest=_whole_digest(digest, judged),
        is_complete=concluded.fault is None,
        unknown=concluded.unknown,
        failures=failures,
        skips=together(
            skips_of(survey.files), skips_of(strange), skips_among(survey.shut, failed), judged.late.skips
        ),
        root_fault=concluded.fault,
        state=state,
        counts={
            "files": survey.files.height,
            "folders": sum(len(folders) for _, folders, _ in survey.folders),
            "assets": concluded.assets.height,
            "duplicates_prevented": judged.late.twins,
            **judged.counts,
        },
    )


def _whole_digest(digest: str, judged: Judged) -> str:
    """The walk's own, and of what the walk does not tell: contents that were found changed or could not be read."""
    if judged.is_settled and not judged.counts.get("verified_differently"):
        return digest
    told = judged.assets["canonical_key_hash"] + judged.assets["signature"]
    return hashlib.sha256("\n".join([digest, *told]).encode()).hexdigest()
