"""The client of Plex: patient, closed-mouthed, and hard to fool (MED Importers, MED-D13, SEC-5, SEC-6)."""

from __future__ import annotations

import gzip
import logging
import ssl
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.model.media import MediaScope
from stocktake.readers.plex.address import Token, check_resolved, server_address
from stocktake.readers.plex.client import PlexClient
from stocktake.readers.plex.importer import PlexImporter
from stocktake.readers.plex.patience import retry_after
from tests.plex_server import TOKEN, PlexServer, Scripted, Waits, serving
from tests.readers.plex.conftest import NOTHING, Importers


def client(plex: PlexServer, waits: Waits | None = None, **more: Any) -> PlexClient:
    patience = (waits or Waits()).patience(**more.pop("patience", {}))
    return PlexClient(server_address(plex.url, "NAS_TOKEN", Token(TOKEN)), patience, **more)


def refused(plex: PlexServer, path: str = "/identity", waits: Waits | None = None, **more: Any) -> Unreadable:
    with client(plex, waits, **more) as open_client, pytest.raises(Unreadable) as refusal:
        open_client.container(path)
    return refusal.value


# ---------------------------------------------------------------- patience


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_asks_again_after_growing_waits(plex: PlexServer, status: int):
    plex.script = [Scripted(status)] * 3
    waits = Waits()

    with client(plex, waits) as open_client:
        assert open_client.container("/identity")["machineIdentifier"] == plex.machine

    assert waits.waited == [0.375, 0.75, 1.5]
    assert len(plex.asked) == 4


def test_gives_up_after_four_tries(plex: PlexServer):
    """An unreachable source is exit 3 (MED, command)."""
    plex.script = [Scripted(503)] * 9

    refusal = refused(plex)

    assert refusal.code == "source-unreachable"
    assert "answered 503 to /identity, 4 times" in refusal.message
    assert len(plex.asked) == 4


@pytest.mark.parametrize(
    ("headers", "waited"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "86400"}, 30.0),
        ({"Retry-After": "soon"}, 0.375),
        ({"Retry-After": "-5"}, 0.375),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:09 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 9.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:27:00 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    ],
)
def test_waits_as_long_as_the_server_asks_for_up_to_a_bound(headers: dict[str, str], waited: float):
    assert Waits().patience().wait_after(0, retry_after(headers)) == waited


def test_honours_retry_after(plex: PlexServer):
    plex.script = [Scripted(429, headers={"Retry-After": "3"})]
    waits = Waits()

    with client(plex, waits) as open_client:
        open_client.container("/identity")

    assert waits.waited == [3.0]


def hang_up(_handler: BaseHTTPRequestHandler) -> None:
    """Close without a word."""


def half_a_reply(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")


def no_http(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example ready\r\n")


def silence(_handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.4)


@pytest.mark.parametrize("act", [hang_up, half_a_reply, no_http, silence])
def test_a_connection_that_fails_is_tried_again(
    plex: PlexServer, act: Callable[[BaseHTTPRequestHandler], None]
):
    plex.script = [Scripted(act=act)] * 2
    waits = Waits()

    with client(plex, waits, patience={"read_seconds": 0.15}) as open_client:
        assert open_client.container("/identity")["machineIdentifier"] == plex.machine

    assert len(waits.waited) == 2


@pytest.mark.parametrize("act", [hang_up, half_a_reply, no_http, silence])
def test_a_connection_that_keeps_failing_is_unreachable(
    plex: PlexServer, act: Callable[[BaseHTTPRequestHandler], None]
):
    plex.script = [Scripted(act=act)] * 4

    assert refused(plex, patience={"read_seconds": 0.15}).code == "source-unreachable"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid:32400"])
def test_a_server_that_is_not_there_is_unreachable(url: str):
    plex = PlexServer()
    plex.url = url

    refusal = refused(plex)

    assert refusal.code == "source-unreachable"
    assert url in refusal.message


def test_a_reply_that_drips_is_ended(plex: PlexServer):
    waits = Waits()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(3):
            waits.seconds += 200
            handler.wfile.write(b"{")
            time.sleep(0.05)

    plex.script = [Scripted(act=drip)] * 4

    refusal = refused(plex, waits=waits)

    assert refusal.code == "source-unreachable"
    assert "had not ended its reply after 300 seconds" in refusal.message


# ---------------------------------------------------------------- replies


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_told_by_its_variable(plex: PlexServer, status: int):
    """MED, importers: 401 is a clear "token refused", and never tells the token."""
    plex.script = [Scripted(status)]

    refusal = refused(plex)

    assert refusal.code == "token-refused"
    assert "NAS_TOKEN" in refusal.message
    assert len(plex.asked) == 1


@pytest.mark.parametrize(
    ("reply", "seen"),
    [
        (
            b"<!DOCTYPE html><html>Sign in</html>",
            "is no XML that Plex writes, and begins with '<!DOCTYPE html>",
        ),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><MediaContainer t="&a;"/>', "is no XML that Plex writes"),
        (b"<MediaContainer><Video></MediaContainer>", "is no XML that Plex writes"),
        (b"<Response status='ok'/>", "is XML without a MediaContainer"),
        (b"<a>" * 100, "is no XML that Plex writes"),
        (b"{'single': 'quoted'}", "is neither JSON nor XML"),
        (b'{"MediaContainer": ', "is neither JSON nor XML"),
        (b'{"MediaContainer": []}', "is JSON without a MediaContainer"),
        (b"[" * 200_000, "is too deeply nested"),
        (b'{"MediaContainer": {"size": ' + b"9" * 5000 + b"}}", "is neither JSON nor XML"),
        (b"\xff\xfe\x00", "is neither JSON nor XML"),
        (b"", "begins with nothing"),
    ],
)
def test_a_reply_that_is_not_of_plex_is_told_by_what_was_seen(plex: PlexServer, reply: bytes, seen: str):
    plex.script = [Scripted(body=reply)]

    refusal = refused(plex)

    assert refusal.code == "reply-not-understood"
    assert seen in refusal.message
    assert len(refusal.message) < 300


def test_a_reply_of_enormous_size_is_refused_before_it_is_read(plex: PlexServer):
    plex.script = [Scripted(body=b" " * 3_000_000)]

    refusal = refused(plex, largest_reply=100_000)

    assert refusal.code == "reply-too-large"
    assert len(plex.asked) == 1


def test_a_packed_reply_is_measured_as_it_unpacks(plex: PlexServer):
    plex.script = [Scripted(body=gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"})]

    assert refused(plex, largest_reply=1_000_000).code == "reply-too-large"


def test_a_redirect_is_not_followed_and_the_token_stays(plex: PlexServer):
    """SEC-6: the URL is checked, and redirects are not followed."""
    with serving(PlexServer()) as other:
        plex.script = [Scripted(302, headers={"Location": f"{other.url}/identity?secret=1"})]

        refusal = refused(plex)

        assert refusal.code == "reply-not-understood"
        assert f"sends elsewhere, to {other.url};" in refusal.message
        assert "secret" not in refusal.message
        assert other.asked == []


def test_what_is_no_plex_server_is_said_to_be_none(plex: PlexServer, importer: Importers):
    with pytest.raises(Unreadable) as refusal:
        importer(url=f"{plex.url}/somewhere").collections()

    assert refusal.value.code == "reply-not-understood"


# ---------------------------------------------------------------- TLS and addresses


@contextmanager
def secured(plex: PlexServer, tmp_path: Path) -> Iterator[Path]:
    """The server behind a certificate that nobody trusts; its path."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    try:
        subprocess.run(
            [*command, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("openssl, which makes the certificate, is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(plex, context):
        yield certificate


def test_a_certificate_that_is_not_trusted_is_refused_at_once(tmp_path: Path):
    """TLS is checked: no token goes to a server that cannot show who it is."""
    plex, waits = PlexServer(), Waits()
    with secured(plex, tmp_path):
        refusal = refused(plex, waits=waits)

    assert refusal.code == "source-unreachable"
    assert "shows a certificate that is not trusted (self-signed certificate)" in refusal.message
    assert plex.asked == []
    assert waits.waited == []


def test_a_certificate_that_is_trusted_is_taken(tmp_path: Path):
    plex = PlexServer()
    with secured(plex, tmp_path) as certificate:
        trust = ssl.create_default_context(cafile=str(certificate))
        with client(plex, tls=trust) as open_client:
            assert open_client.container("/identity")["machineIdentifier"] == plex.machine


@pytest.mark.parametrize(
    "url",
    [
        "",
        "nas:32400",
        "ftp://nas",
        "http://",
        "http://ana:geheim@nas",
        "http://nas/?X-Plex-Token=geheim",
        "http://nas:x",
    ],
)
def test_a_url_is_an_address_and_nothing_more(url: str):
    """SEC-6: the URL is checked, and redirects are not followed."""
    with pytest.raises(InvalidInput) as refusal:
        server_address(url, "NAS_TOKEN", Token(TOKEN))

    assert refusal.value.code == "invalid-url"
    assert "geheim" not in refusal.value.message + refusal.value.hint


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "[fe80::1]", "0.0.0.0", "224.0.0.1", "[::ffff:169.254.169.254]"]
)
def test_an_address_where_no_plex_server_is_is_not_asked(host: str):
    """SEC-6: the URL is checked, and redirects are not followed."""
    with pytest.raises(InvalidInput) as refusal:
        check_resolved(f"http://{host}:32400")

    assert refusal.value.code == "address-not-allowed"


@pytest.mark.parametrize("host", ["127.0.0.1", "192.168.1.5", "[::1]", "no-such-host.invalid"])
def test_private_addresses_are_where_plex_servers_are(host: str):
    check_resolved(f"http://{host}:32400")


# ---------------------------------------------------------------- the token


def test_the_token_travels_in_its_header_alone(plex: PlexServer, importer: Importers):
    importer().collections()

    assert [each.headers["X-Plex-Token"] for each in plex.asked] == [TOKEN]
    assert all(TOKEN not in each.path + str(each.query) for each in plex.asked)


def echo(handler: BaseHTTPRequestHandler) -> None:
    """A server that gives back what it was sent."""
    body = f"You sent {handler.headers['X-Plex-Token']} and more".encode()
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def failing() -> list[Scripted]:
    """All that can go wrong, each in a way of its own."""
    return [
        Scripted(401), Scripted(404), Scripted(302, headers={"Location": "http://elsewhere.invalid/"}), Scripted(418),
        Scripted(body=b"no"), Scripted(act=echo), Scripted(body=b" " * 200_000),
    ]  # fmt: skip


def shown_of(refusing: Callable[[], object]) -> str:
    """All that can be seen of a refusal: its text, and its traceback with the locals of every frame."""
    try:
        refusing()
    except Refusal as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(told.format()) + repr(error) + str(error) + repr(vars(error))
    raise AssertionError("nothing was refused")


def test_no_log_error_or_traceback_holds_the_token(plex: PlexServer, caplog: pytest.LogCaptureFixture):
    """MED-D13: no token or secret ever, be it at DEBUG, in the loggers of the client library, or with locals of frames."""
    for name in (None, "httpx2", "httpcore2", "asyncio", "h11"):
        caplog.set_level(logging.DEBUG, logger=name)
    lasting = (Scripted(503), Scripted(act=hang_up), Scripted(act=no_http))
    shown = []
    for script in [*([each] for each in failing()), *([each] * 4 for each in lasting)]:
        plex.script = script
        with client(plex, largest_reply=100_000) as asking:
            shown.append(shown_of(partial(asking.container, "/identity")))
            shown.append(repr(asking) + repr(vars(asking)))
    for unusable in (Token("two " + TOKEN), Token(TOKEN + "\x7f")):
        shown.append(shown_of(partial(server_address, plex.url, "NAS_TOKEN", unusable)))

    texts = [*shown, *(record.getMessage() for record in caplog.records), caplog.text]
    assert len(shown) == 22
    assert {record.name.partition(".")[0] for record in caplog.records} >= {"httpx2", "httpcore2"}
    assert [text for text in texts if TOKEN in text] == []


def test_an_importer_shows_no_token(plex: PlexServer, importer: Importers):
    made: PlexImporter = importer(token=f" {TOKEN}\n")
    found = made.discover(MediaScope(), NOTHING, None)

    assert TOKEN not in repr(made) + repr(vars(made)) + repr(found)
    assert TOKEN not in repr(server_address(plex.url, None, Token(TOKEN)))
