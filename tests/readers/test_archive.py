"""Files within archives: read as what they are, within limits, and nothing stays behind (REA-1, REA-6)."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import stat
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.options import Limits, ReadOptions
from stocktake.readers.origin import FileOrigin
from stocktake.readers.registry import open_reading

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TABLE = b"id,name\n1,a\n2,b\n"


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return file.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd.compress,
    "zip": lambda content: zipped(("in/t.csv", content)),
}


@pytest.fixture(autouse=True)
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which files are unpacked."""
    folder = tmp_path / "private"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("kind", PACKED)
def test_a_packed_file_is_read_as_what_is_in_it_and_leaves_nothing(
    kind: str, tmp_path: Path, private: Path
) -> None:
    """REA-1. The digest is that of the file as given."""
    path = tmp_path / "whatever"
    path.write_bytes(PACKED[kind](TABLE))
    reading = open_reading(path, ReadOptions())
    [inside] = private.iterdir()
    assert stat.S_IMODE(inside.stat().st_mode) == 0o600
    rows = pl.concat(reading.batches())
    assert rows.select("_line", "c0", "c1").rows() == [(2, "1", "a"), (3, "2", "b")]
    layout = reading.layout
    assert (layout.format, layout.compression) == ("csv", kind)
    assert layout.member == ("in/t.csv" if kind == "zip" else None)
    assert reading.sha256 == sha256(path.read_bytes()).hexdigest() == FileOrigin(path, ReadOptions()).digest()
    assert reading.complete
    assert not list(private.iterdir())


def test_a_reading_that_is_given_up_leaves_nothing(tmp_path: Path, private: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(gzip.compress(TABLE))
    reading = open_reading(path, ReadOptions())
    del reading
    assert not list(private.iterdir())


def test_parts_of_gzip_xz_and_their_like_one_behind_the_other_are_one_file(tmp_path: Path) -> None:
    for kind in ("gzip", "bzip2", "xz", "zstd"):
        path = tmp_path / kind
        path.write_bytes(PACKED[kind](TABLE) + PACKED[kind](b"3,c\n"))
        assert pl.concat(open_reading(path, ReadOptions()).batches())["c0"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize("inner", ["json", "ndjson", "parquet", "xlsx"])
@pytest.mark.parametrize("kind", ["gzip", "zip", "stored"])
def test_every_format_is_read_from_an_archive(inner: str, kind: str, tmp_path: Path) -> None:
    """REA-1."""
    made = tmp_path / f"t.{inner}"
    frame = pl.DataFrame({"id": ["1", "2"]})
    if inner == "json":
        made.write_text('[{"id": "1"}, {"id": "2"}]')
    elif inner == "ndjson":
        made.write_text('{"id": "1"}\n{"id": "2"}\n')
    elif inner == "parquet":
        frame.write_parquet(made)
    else:
        with xlsxwriter.Workbook(made) as book:
            book.add_worksheet().write_column(0, 0, ["id", "1", "2"])
    content = made.read_bytes()
    method = zipfile.ZIP_STORED if kind == "stored" else zipfile.ZIP_DEFLATED
    path = tmp_path / "t.packed"
    path.write_bytes(
        gzip.compress(content) if kind == "gzip" else zipped((made.name, content), method=method)
    )
    reading = open_reading(path, ReadOptions())
    assert (reading.layout.format, reading.layout.compression) == (inner, "gzip" if kind == "gzip" else "zip")
    assert pl.concat(reading.batches())["c0"].to_list() == ["1", "2"]


def test_litter_of_operating_systems_and_folders_are_no_members(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    litter = [("__MACOSX/._t.csv", b"x"), ("d/", b""), ("d/.DS_Store", b"x"), ("d/Thumbs.db", b"x")]
    path.write_bytes(zipped(*litter, ("d/t.csv", TABLE)))
    assert open_reading(path, ReadOptions()).layout.member == "d/t.csv"


def symlink() -> zipfile.ZipInfo:
    member = zipfile.ZipInfo("t.csv")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def encrypted() -> bytes:
    content = bytearray(zipped(("t.csv", TABLE)))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def corrupted(content: bytes) -> bytes:
    return content[:-12] + bytes([content[-12] ^ 0xFF]) + content[-11:]


def tarred() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        made.addfile(tarfile.TarInfo("t.csv"))
    return file.getvalue()


def wide_window() -> bytes:
    """A frame that asks for 2 GiB of memory to be unpacked."""
    options: dict[int, int] = {
        zstd.CompressionParameter.window_log: 31,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    packer = zstd.ZstdCompressor(options=options)
    return packer.compress(TABLE) + packer.flush()


REFUSED: list[tuple[bytes, str, str]] = [
    (zipped(("a.csv", TABLE), ("b.csv", TABLE)), "several-members", "a.csv, b.csv"),
    (zipped(("../t.csv", TABLE)), "archive-unsafe", "leads out"),
    (zipped(("/etc/t.csv", TABLE)), "archive-unsafe", "leads out"),
    (zipped(("..\\t.csv", TABLE)), "archive-unsafe", "leads out"),
    (zipped(("C:\\t.csv", TABLE)), "archive-unsafe", "leads out"),
    (zipped((symlink(), b"/etc/passwd")), "archive-unsafe", "is a link"),
    (encrypted(), "file-encrypted", "password"),
    (zipped(), "file-empty", "without any file"),
    (zipped(("d/", b"")), "file-empty", "without any file"),
    (zipped(("t.zip", zipped(("t.csv", TABLE)))), "nested-archive", "zip"),
    (gzip.compress(gzip.compress(TABLE)), "nested-archive", "gzip"),
    (gzip.compress(tarred()), "nested-archive", "tar"),
    (gzip.compress(TABLE)[:-9], "archive-damaged", "ended"),
    (lzma.compress(TABLE)[:-30], "archive-damaged", "too early"),
    (bz2.compress(TABLE)[:-9], "archive-damaged", "ended"),
    (zstd.compress(TABLE)[:-3], "archive-damaged", "ended"),
    (gzip.compress(TABLE) + b"x" * 20, "archive-damaged", "gzip"),
    (zipped(("t.csv", TABLE))[:-30], "archive-damaged", "zip"),
    (corrupted(gzip.compress(TABLE * 99)), "archive-damaged", ""),
    (
        corrupted(zstd.compress(TABLE * 99, options={zstd.CompressionParameter.checksum_flag: 1})),
        "archive-damaged",
        "",
    ),
    (zstd.compress(TABLE) + b"x" * 20, "archive-damaged", ""),
    (zstd.compress(zstd.compress(TABLE)), "nested-archive", "zstd"),
    (zstd.compress(tarred()), "nested-archive", "tar"),
    (wide_window(), "archive-damaged", "memory"),
    (gzip.compress(b"x" * 2**22), "file-too-large", "100 times"),
    (bz2.compress(b"x" * 2**22), "file-too-large", "100 times"),
    (lzma.compress(b"x" * 2**22), "file-too-large", "100 times"),
    (zstd.compress(b"x" * 2**22), "file-too-large", "100 times"),
    (zipped(("t.csv", b"x" * 2**22)), "file-too-large", "100 times"),
    (gzip.compress(b""), "file-empty", "is empty"),
    (gzip.compress(b'[{"a": 1}'), "not-json", "line 1, column 10"),
    (gzip.compress(b"%PDF-1.7\n"), "unknown-format", "PDF"),
]


@pytest.mark.parametrize(
    ("content", "code", "said"),
    REFUSED,
    ids=[f"{place} {code}" for place, (_, code, _) in enumerate(REFUSED)],
)
def test_an_archive_that_cannot_be_read_is_refused_by_its_own_name(
    content: bytes, code: str, said: str, tmp_path: Path, private: Path
) -> None:
    """REA-6, SEC-5: in words, with a way out, and nothing stays behind."""
    path = tmp_path / "given.packed"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        for _ in open_reading(path, ReadOptions()).batches():
            pass
    assert refusal.value.code == code
    assert said in refusal.value.message
    assert str(path) in refusal.value.message
    assert refusal.value.details["path"] == str(path)
    assert refusal.value.hint
    assert not list(private.iterdir())


SEVERAL = zipped(
    ("in/Devices.csv", TABLE),
    ("__MACOSX/._Devices.csv", b"x"),
    ("in/deals.json", b'[{"id": "9"}]'),
    ("old/deals.json", b"[]"),
    ("2", b"id\n7\n"),
)


@pytest.mark.parametrize(
    ("wanted", "member", "first"),
    [
        ("in/Devices.csv", "in/Devices.csv", "1"),
        ("IN/DEVICES.CSV", "in/Devices.csv", "1"),
        ("devices.csv", "in/Devices.csv", "1"),
        ("1", "in/Devices.csv", "1"),
        ("in/deals.json", "in/deals.json", "9"),
        ("2", "2", "7"),
    ],
)
def test_a_member_of_several_is_read_where_it_is_named(
    wanted: str, member: str, first: str, tmp_path: Path, private: Path
) -> None:
    """REA-1, REA-2: by name, else by number among those that count, as a sheet is."""
    path = tmp_path / "t.zip"
    path.write_bytes(SEVERAL)
    reading = open_reading(path, ReadOptions(member=wanted))
    assert pl.concat(reading.batches())["c0"][0] == first
    assert reading.layout.member == member
    assert reading.layout.members == ("in/Devices.csv", "in/deals.json", "old/deals.json", "2")
    assert not list(private.iterdir())


@pytest.mark.parametrize(
    ("wanted", "said", "listed"),
    [
        ("5", "no member '5'", "in/Devices.csv, in/deals.json, old/deals.json, 2"),
        ("._Devices.csv", "no member", "in/Devices.csv"),
        ("deals.json", "2 members", "in/deals.json, old/deals.json."),
    ],
)
def test_a_member_that_is_not_there_is_refused_with_those_that_are(
    wanted: str, said: str, listed: str, tmp_path: Path
) -> None:
    """REA-2."""
    path = tmp_path / "t.zip"
    path.write_bytes(SEVERAL)
    with pytest.raises(InvalidInput) as refusal:
        open_reading(path, ReadOptions(member=wanted))
    assert refusal.value.code == "unknown-member"
    assert said in refusal.value.message
    assert listed in str(refusal.value.hint)


def test_an_archive_of_several_says_what_to_paste(tmp_path: Path) -> None:
    """REA-1: the refusal lists the members, and how one is named."""
    path = tmp_path / "t.zip"
    path.write_bytes(zipped(("my devices.csv", TABLE), ("b.csv", b"id\n")))
    with pytest.raises(Unreadable) as refusal:
        open_reading(path, ReadOptions())
    assert "--member 'my devices.csv'" in str(refusal.value.hint)
    assert refusal.value.details["members"] == ["my devices.csv", "b.csv"]


@pytest.mark.parametrize("options", [{"member": "a.csv"}, {}])
def test_only_the_member_that_is_read_must_be_sound(options: dict[str, Any], tmp_path: Path) -> None:
    """REA-6: what is beside it may be protected or packed in a way of its own; what leads out is refused all the same."""
    path = tmp_path / "t.zip"
    content = bytearray(zipped(("a.csv", TABLE), ("b.csv", TABLE)))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(content))
    if options:
        assert open_reading(path, ReadOptions(**options)).layout.member == "a.csv"
    path.write_bytes(zipped(("a.csv", TABLE), ("../b.csv", TABLE)))
    with pytest.raises(Unreadable) as refusal:
        open_reading(path, ReadOptions(**options))
    assert refusal.value.code == "archive-unsafe"


def test_a_refusal_within_a_zip_names_the_member(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    path.write_bytes(zipped(("a.json", b"[1,")))
    with pytest.raises(Refusal, match=r"t\.zip \(a\.json\) is not valid JSON"):
        open_reading(path, ReadOptions())


def test_the_limit_of_size_holds_while_unpacking(tmp_path: Path, private: Path) -> None:
    """REA-6: no more is written than the limit allows."""
    path = tmp_path / "t.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(bytes(random.Random(1).choices(range(32, 40), k=2**21)))
    with pytest.raises(Unreadable) as refusal:
        open_reading(path, ReadOptions(limits=Limits(file_bytes=2**20 + 2**19)))
    assert (refusal.value.code, refusal.value.details["limit"]) == ("file-too-large", 2**20 + 2**19)
    assert not list(private.iterdir())


def test_a_member_without_a_name_is_no_file(tmp_path: Path) -> None:
    """REL-11: the library that reads archives fails over such names."""
    path = tmp_path / "export.zip"
    packed = bytearray(zipped(("X", b"id\n1\n")))
    entry = packed.index(b"PK\1\2")
    packed[entry + 28], packed[entry + 32] = 0, 1  # its name becomes its comment
    path.write_bytes(packed)
    with pytest.raises(Unreadable) as refusal:
        open_reading(path, ReadOptions())
    assert refusal.value.code == "file-empty"
