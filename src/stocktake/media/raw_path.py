"""A path is bytes. Here it becomes text that people read, and a URI that loses nothing.

Text: UTF-8; a byte that is none is shown as ``U+FFFD`` and its two hexadecimal digits, so that two names stay two. It
cannot be turned back. URI: ``file://`` and the bytes percent-encoded (RFC 8089, RFC 3986), from which they come back
exactly, whatever they are.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import numpy as np
import polars as pl
from numpy.typing import NDArray

_ESCAPED = re.compile("[\udc80-\udcff]")
_SCHEME = "file://"
_PLAIN = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/!$&'()*+,;=:@"
#: How many paths are encoded or decoded at a time: it takes some twenty bytes of memory for each byte of a path.
_PIECE = 5_000
#: As few paths as are shown one by one where a byte among them is no UTF-8.
_ODD_PIECE = 100


def shown(raw: bytes) -> str:
    """The text of one path."""
    return _ESCAPED.sub(
        lambda found: f"\ufffd{ord(found[0]) - 0xDC00:02x}", raw.decode("utf-8", "surrogateescape")
    )


def shown_paths(raw: pl.Series) -> pl.Series:
    """The text of each path; ``raw`` is Binary without nulls."""
    try:
        return raw.cast(pl.String)
    except pl.exceptions.ComputeError:
        if len(raw) <= _ODD_PIECE:
            return pl.Series(raw.name, [shown(each) for each in raw], dtype=pl.String)
    half = len(raw) // 2
    return shown_paths(raw.head(half)).append(shown_paths(raw.slice(half)))


def source_uris(raw: pl.Series) -> pl.Series:
    """``file:///…`` of each absolute path; ``raw`` is Binary without nulls."""
    pieces = [_encoded(raw.slice(start, _PIECE)) for start in range(0, len(raw), _PIECE)]
    text = pl.concat(pieces) if pieces else pl.Series(raw.name, [], dtype=pl.String)
    return (_SCHEME + text).alias(raw.name)


def raw_paths(uris: pl.Series) -> pl.Series:
    """The bytes that :func:`source_uris` was given, Binary; null where the URI is no ``file://``."""
    own = uris.str.starts_with(_SCHEME).fill_null(value=False)
    text = uris.filter(own).str.strip_prefix(_SCHEME)
    blank = pl.Series(uris.name, [None], dtype=pl.Binary).new_from_index(0, len(uris))
    if text.is_empty():
        return blank
    pieces = [_decoded(text.slice(start, _PIECE)) for start in range(0, len(text), _PIECE)]
    return blank.scatter(own.arg_true(), pl.concat(pieces))


def _decoded(text: pl.Series) -> pl.Series:
    """No path holds a zero byte, so all of them can be decoded at once."""
    return pl.Series(text.name, unquote_to_bytes("\0".join(text)).split(b"\0"), dtype=pl.Binary)


def _encoded(raw: pl.Series) -> pl.Series:
    """Percent-encoded, all at once: a zero byte parts the paths, and none of them holds one."""
    codes = np.frombuffer(b"\0".join(raw), np.uint8)
    width = _WIDTH[codes]
    ends = np.cumsum(width)
    text = np.empty(int(ends[-1]) if ends.size else 0, np.uint8)
    plain = width == 1
    text[ends[plain] - 1] = codes[plain]
    odd, at = codes[~plain], ends[~plain]
    text[at - 3] = ord("%")
    text[at - 2] = _DIGITS[odd >> 4]
    text[at - 1] = _DIGITS[odd & 15]
    return pl.Series(raw.name, text.tobytes().decode("ascii").split("\0"), dtype=pl.String)


def _widths() -> NDArray[np.uint8]:
    width = np.full(256, 3, np.uint8)
    width[np.frombuffer(_PLAIN + b"\0", np.uint8)] = 1
    return width


_WIDTH = _widths()
_DIGITS = np.frombuffer(b"0123456789ABCDEF", np.uint8)
