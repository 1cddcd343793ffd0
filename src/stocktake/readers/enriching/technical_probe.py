"""Asks MediaInfo's library, or ffprobe, about one file; in the child of :mod:`stocktake.readers.enriching.probe`."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from stocktake.media.ffprobe import read_ffprobe
from stocktake.media.mediainfo import read_mediainfo
from stocktake.media.unfit import Unfit, damaged, not_media, truncated
from stocktake.ports.enricher import Enrichment
from stocktake.readers.enriching.opening import opened, refuse_empty

#: Options of ffprobe: it opens nothing but the file, whatever that refers to.
_ASKED = "-v error -protocol_whitelist file -print_format json -show_format -show_streams"
#: What ffprobe says of a file that is cut off, though it found streams in it.
_CUT = "ended prematurely"
_NO_ATOM = "moov atom not found"


class _ToolMissing(Exception):
    """MediaInfo's library is not there, or does not load."""


def look(path: Path, options: Mapping[str, Any]) -> Enrichment:
    """What the file is made of. ``options``: ``tool``, ``ffprobe`` (its path), ``truncated`` and ``tags`` as configured.

    Raises ``Unfit``.
    """
    why = "it is not asked for"
    with opened(path) as file:
        refuse_empty(file)
        if options["tool"] != "ffprobe":
            try:
                return _by_mediainfo(file, options)
            except _ToolMissing as missing:
                why = str(missing)
        if options["tool"] != "mediainfo" and options["ffprobe"]:
            return _by_ffprobe(path, options)
    raise Unfit("probe-tool-missing", f"cannot be looked into: {_missing(options['tool'], why)}")


def _by_mediainfo(file: BinaryIO, options: Mapping[str, Any]) -> Enrichment:
    """By the bytes of the open file, so that no name is taken for an address and no file opened that it refers to."""
    try:
        from pymediainfo import MediaInfo

        told = MediaInfo.parse(file, output="JSON", full=False)
    except ImportError:
        raise _ToolMissing("the Python package pymediainfo is not installed") from None
    except OSError as error:
        if error.errno is not None:
            raise  # of the file, not of the library
        raise _ToolMissing("the library of the Python package pymediainfo does not load") from None
    try:
        report = json.loads(told)
    except ValueError:
        raise damaged("MediaInfo's report of it is no JSON") from None
    return read_mediainfo(
        report, truncated_accepted=options["truncated"] == "accept", with_tags=options["tags"] == "keep"
    )


def _by_ffprobe(path: Path, options: Mapping[str, Any]) -> Enrichment:
    name = b"file:" + os.fsencode(path.absolute())
    try:
        done = subprocess.run(  # noqa: S603
            [options["ffprobe"], *_ASKED.split(), "-i", name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={"LC_ALL": "C"},
            check=False,
        )
    except OSError as error:
        why = f"cannot be looked into: ffprobe does not start ({error.strerror}); install FFmpeg anew"
        raise Unfit("probe-tool-missing", why) from None
    accepted, complaint = options["truncated"] == "accept", done.stderr.decode("utf-8", "replace")
    if _NO_ATOM in complaint:
        raise truncated(acceptable=False)
    if _CUT in complaint and not accepted:
        raise truncated(acceptable=True)
    if done.returncode < 0:
        raise damaged(f"ffprobe died of it, signal {-done.returncode}")
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise damaged("ffprobe's report of it is no JSON") from None
    if done.returncode and not report:
        raise not_media()
    return read_ffprobe(report, extension=path.suffix, with_tags=options["tags"] == "keep")


def _missing(tool: str, why: str) -> str:
    install = "install the extra media (pip install 'stocktake[media]')"
    if tool == "mediainfo":
        return f"{why}; {install}, or configure tool=auto"
    if tool == "ffprobe":
        return "there is no ffprobe on the PATH; install FFmpeg, or configure tool=auto"
    return f"{why}, and there is no ffprobe on the PATH; {install}"
