"""What a server must not take, or not in that way: refused or served, and nothing is left behind (SEC-5, UPL)."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import openpyxl
import pytest

from tests.chance import SOAK
from tests.reliability.database import is_sqlite
from tests.reliability.server import Server, served, with_operator
from tests.reliability.stock import FIRST, frame

MIB = 1024**2
#: The server takes files of so many bytes here.
LIMIT = 8 * MIB
#: So many hand files over at the same moment; on PostgreSQL, unless in a soak, the fewer.
AT_ONCE, FEWER = 200, 20
TABLE = frame(FIRST).write_csv().encode()
#: Beginnings of files of which no table can be made, called what people call tables.
PNG = b"\x89PNG\r\n\x1a\n" + zlib.compress(bytes(range(256)) * 64)


@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


@pytest.fixture
def server(
    ready_database_url: str, tmp_path: Path, uploads: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """``stocktake serve`` with a small limit; no fault of ours may be in its log at the end."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(uploads))
    token = with_operator(ready_database_url)
    log = tmp_path / "server.log"
    with served(ready_database_url, token, log, STOCKTAKE_MAX_UPLOAD_BYTES=str(LIMIT)) as opened:
        yield opened
        assert opened.faults() == []


def handed_over(client: httpx2.Client, name: str, content: bytes) -> httpx2.Response:
    """The form written by hand: clients mend or refuse names that a foe sends as they are."""
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    return client.post("/imports", content=head + content + b"\r\n--edge--\r\n", headers=kind)


def left_over(uploads: Path) -> list[Path]:
    """What lies there beside the lock of the server; what was found in a file counts only where that file is gone."""
    files = [each for each in uploads.rglob("*") if each.is_file() and each.name != ".server"]
    names = {each.name for each in files}
    return [each for each in files if each.suffix != ".look" or each.name.split(".")[0] not in names]


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.create_sheet("things", 0)
    for row in (("code", "note", "amount"), ("C1", "a note", 1)):
        sheet.append(row)
    book.save(out)
    return out.getvalue()


def archive_bomb() -> bytes:
    """A table of 200 MB in 200 kB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("t.csv", "w") as member:
        member.write(b"code,note,amount\n")
        for _ in range(200):
            member.write(b"a,b,c\n" * (MIB // 6))
    return out.getvalue()


def workbook_bomb() -> bytes:
    """A workbook, one of whose parts is a thousand times as large as it is packed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as told,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in told.namelist():
            content = told.read(name)
            packed.writestr(name, content + b" " * 200 * MIB if "sheet1" in name else content)
    return out.getvalue()


def gzip_bomb() -> bytes:
    return gzip.compress(b"code,note,amount\n" + b"a,b,c\n" * (200 * MIB // 6))


#: Name, content, and the code of the refusal.
REFUSED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a picture": ("picture.csv", lambda: PNG),
    "an archive that is a bomb": ("table.zip", archive_bomb),
    "a compressed file that is a bomb": ("table.csv.gz", gzip_bomb),
    "a bomb called a table": ("table.csv", archive_bomb),
    "a workbook that is a bomb": ("table.xlsx", workbook_bomb),
    "nothing at all": ("table.csv", lambda: b""),
}


def test_files_of_which_no_table_can_or_may_be_made_are_refused(
    server: Server, uploads: Path, subtests: pytest.Subtests
):
    """SEC-5, REA-6, UPL-1: by what they hold and not by what they are called; memory stays, and the directory is empty."""
    before, _ = server.memory()
    with server.client() as client:
        for what, (name, make) in REFUSED.items():
            with subtests.test(what):
                answer = handed_over(client, name, make())
                print(what, answer.status_code, answer.json().get("code"), answer.json().get("detail"))
                assert answer.status_code == 422, answer.text
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["detail"].startswith(name)
                assert str(uploads) not in answer.text
                assert left_over(uploads) == []
        assert client.get("/runs").json()["total"] == 0
    _, most = server.memory()
    assert most - before < 150 * MIB


def test_a_workbook_called_csv_is_read_as_the_workbook_that_it_is(server: Server):
    """SEC-5: content and not extension."""
    with server.client() as client:
        answer = handed_over(client, "things.csv", workbook())
    assert answer.status_code == 201, answer.text
    told = answer.json()["inspection"]
    assert (told["format"], [each["name"] for each in told["columns"]]) == (
        "xlsx",
        ["code", "note", "amount"],
    )


#: What an upload may call itself, and what it is called then.
NAMES = {
    "../../etc/passwd": "passwd",
    "/etc/cron.d/things.csv": "things.csv",
    "C:\\\\Windows\\\\system32\\\\things.csv": "things.csv",
    "..": "upload",
    ".server": "server",
    "things\x00.png.csv": "things.png.csv",
    "things\x1b[2J.csv": "things[2J.csv",
    "%2e%2e%2fthings.csv": "%2e%2e%2fthings.csv",
    "<script>.csv": "<script>.csv",
}


def test_the_name_of_an_upload_is_a_label_and_never_a_path(
    server: Server, uploads: Path, tmp_path: Path, subtests: pytest.Subtests
):
    """UPL-1, SEC-5: whatever it says, the file lies under a name of chance in the private directory."""
    there = set(tmp_path.rglob("*"))
    with server.client() as client:
        for count, (name, label) in enumerate(NAMES.items(), start=1):
            with subtests.test(repr(name)):
                answer = handed_over(client, name, TABLE)
                assert answer.status_code == 201, answer.text
                assert answer.json()["import"]["file"]["name"] == label
                kept = left_over(uploads)
                assert len(kept) == count
                assert all(len(each.name) == 32 and each.stat().st_mode & 0o777 == 0o600 for each in kept)
        for length in (1_000, 10_000):
            with subtests.test(f"{length} letters"):
                answer = handed_over(client, "x" * length + ".csv", TABLE)
                if answer.status_code == 201:
                    assert len(answer.json()["import"]["file"]["name"]) < 300
                else:
                    assert (answer.status_code, answer.json()["code"]) == (400, "malformed-request")
    new = {each for each in set(tmp_path.rglob("*")) - there if uploads not in (each, *each.parents)}
    assert {each.name for each in new} <= {"stock.db-wal", "stock.db-shm"}


def stream(total: int) -> Iterator[bytes]:
    """A form with a file of so many bytes, made as it is sent: nobody is told beforehand how long it is."""
    yield b'--edge\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\ncode,note,amount\r\n'
    block = b"C1,a note,1\r\n" * 5_000
    for _ in range(total // len(block) + 1):
        yield block
    yield b"--edge--\r\n"


def test_a_stream_that_never_said_how_long_it_is_ends_at_the_limit(server: Server, uploads: Path):
    """SEC-9, UPL-1: the answer names limit and setting, memory stays, and what had arrived is gone."""
    before, _ = server.memory()
    with server.client() as client:
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        answer = client.post("/imports", content=stream(5 * LIMIT), headers=kind)
        assert (answer.status_code, answer.json()["code"]) == (413, "upload-too-large")
        assert answer.json()["details"]["limit"] == LIMIT
        assert "STOCKTAKE_MAX_UPLOAD_BYTES" in answer.json()["hint"]
        assert left_over(uploads) == []
        assert client.get("/runs").json()["total"] == 0
    _, most = server.memory()
    assert most - before < 32 * MIB


def test_who_hangs_up_in_the_middle_leaves_nothing(server: Server, uploads: Path):
    """UPL-1"""

    def cut() -> Iterator[bytes]:
        for number, block in enumerate(stream(4 * MIB)):
            if number == 30:
                raise ConnectionResetError
            yield block

    with server.client() as client:
        kind = {"Content-Type": "multipart/form-data; boundary=edge"}
        for _ in range(5):
            with pytest.raises(ConnectionResetError):
                client.post("/imports", content=cut(), headers=kind)
        deadline = time.monotonic() + 10
        while left_over(uploads) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left_over(uploads) == []
        assert client.get("/runs").json()["total"] == 0


@pytest.mark.chance
def test_many_uploads_at_once_are_served_in_flat_memory(
    server: Server, uploads: Path, ready_database_url: str
):
    """SEC-9, UPL-1, UPL-2: each is a draft, a second wave takes no more than the first; cancelled, all are gone.

    Two hundred in each wave; on PostgreSQL twenty, and two hundred in a soak.
    """
    count = AT_ONCE if SOAK > 1 or is_sqlite(ready_database_url) else FEWER
    before, _ = server.memory()
    numbers, first, _ = wave(server, count)
    more, now, most = wave(server, count)
    print(
        f"{before / MIB:.0f} MiB before, {first / MIB:.0f} and {now / MIB:.0f} after, {most / MIB:.0f} at most"
    )
    assert len({*numbers, *more}) == 2 * count
    assert len(left_over(uploads)) == 2 * count
    assert most - before < 150 * MIB
    assert now - first < 30 * MIB
    with server.client() as client:
        for number in (*numbers, *more):
            client.post(f"/imports/{number}/cancel")
    assert left_over(uploads) == []


def wave(server: Server, count: int) -> tuple[list[int], int, int]:
    """Many uploads at once: their numbers, and the server's memory afterwards and at most."""

    def upload(number: int) -> httpx2.Response:
        with server.client() as client:
            return client.post("/imports", files={"file": (f"things {number}.csv", TABLE)})

    start = time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(upload, range(count)))
    print(f"{count} uploads in {time.monotonic() - start:.1f} s")
    assert {each.status_code for each in answers} == {201}, {each.text for each in answers if each.is_error}
    return [each.json()["import"]["import_id"] for each in answers], *server.memory()
