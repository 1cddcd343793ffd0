"""Where webhooks may be posted to, and for how long (SEC-6)."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.readers.address import innermost, is_forbidden, is_public
from stocktake.readers.posting import Poster
from tests.receiver import Receiver, receiver

LISTED = frozenset({"127.0.0.1", "inside.example", "localhost"})


@pytest.fixture
def other() -> Iterator[Receiver]:
    with receiver() as listening:
        yield listening


def leading_to(*addresses: str, hosts: frozenset[str] = LISTED, **terms: float) -> Poster:
    return Poster(hosts=hosts, resolve=lambda host, port: list(addresses), **terms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "example.com/hook",
        "",
        "https://",
        "https://ana:secret@example.com/",
        "https://example.com/#part",
        "https://example.com/a b",
        "https://example.com:99999/",
        "https://exämple.com/",
        "https://example.com/\r\nX: y",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_what_is_no_url_of_a_webhook_is_refused(url: str):
    """SEC-6, SEC-7: without saying what may be a secret."""
    with pytest.raises(InvalidInput) as refused:
        leading_to("93.184.215.14").checked(url)
    assert refused.value.code == "invalid-url"
    assert "secret" not in refused.value.message


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "100.64.0.1", "0.0.0.0", "255.255.255.255"),
        *("169.254.169.254", "168.63.129.16", "100.100.100.200", "224.0.0.1"),
        *("::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1"),
        *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "::7f00:1"),
    ],
)
def test_a_name_that_leads_within_is_refused_whatever_else_it_leads_to(address: str):
    """SEC-6: loopback, private, link-local, metadata, multicast; also as mapped, 6to4 and NAT64 addresses."""
    poster = leading_to("93.184.215.14", address)
    with pytest.raises(InvalidInput) as refused:
        poster.checked("https://example.com/")
    assert refused.value.code == "address-not-allowed"
    posted = poster("https://example.com/", b"", {})
    assert (posted.status, posted.arrived) == (None, False)
    assert "leads to where no webhook may be" in str(posted.went_wrong)
    assert address not in str(posted.went_wrong)
    assert not is_public(address)


@pytest.mark.parametrize("address", ["169.254.169.254", "::ffff:169.254.169.254", "fd00:ec2::254", "0.0.0.0"])
def test_a_listed_host_may_lie_within_but_never_where_clouds_keep_their_secrets(address: str):
    """SEC-6"""
    assert leading_to("10.1.2.3").checked("http://inside.example/") == "http://inside.example/"
    assert is_forbidden(address)
    with pytest.raises(InvalidInput) as refused:
        leading_to(address).checked("http://inside.example/")
    assert refused.value.code == "address-not-allowed"


def test_ordinary_addresses_are_public():
    for each in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert is_public(each)
        assert str(innermost(each)) == each


def test_the_address_that_was_looked_at_is_the_one_that_is_asked(other: Receiver):
    """SEC-6: a name that leads elsewhere a moment later changes nothing; it is resolved once."""
    asked = []

    def resolve(host: str, port: int | None) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    port = other.url.rpartition(":")[2]
    posted = Poster(hosts=LISTED, resolve=resolve)(f"http://inside.example:{port}/x", b"{}", {})
    assert posted.arrived
    assert asked == ["inside.example"]
    assert other.got[0].headers["host"] == f"inside.example:{port}"


def test_where_the_first_address_does_not_answer_the_next_is_tried(other: Receiver):
    """SEC-6: a name may lead to an address of a kind of net that this machine is not in."""
    poster = leading_to("::1", "127.0.0.1")
    assert poster(f"http://inside.example:{other.url.rpartition(':')[2]}/", b"{}", {}).arrived


def test_a_receiver_that_drips_is_cut_off(other: Receiver):
    """SEC-6: each byte comes in time, the whole does not."""
    other.answers = [other.drip]
    since = time.monotonic()
    posted = Poster(hosts=LISTED, seconds=0.5)(other.url, b"{}", {})
    assert posted.went_wrong == "The receiver did not answer within 0.5 seconds."
    assert time.monotonic() - since < 5


def test_a_receiver_that_says_nothing_is_not_waited_for():
    """SEC-6"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        posted = Poster(hosts=LISTED, seconds=0.3)(url, b"{}", {})
    assert posted.went_wrong == "The receiver did not answer within 0.3 seconds."


def test_what_speaks_no_tls_is_not_told(other: Receiver):
    """SEC-6"""
    port = other.url.rpartition(":")[2]
    posted = Poster(hosts=LISTED, seconds=5)(f"https://127.0.0.1:{port}/", b"{}", {})
    assert not posted.arrived
    assert "cannot be reached" in str(posted.went_wrong)
    assert other.got == []


def test_no_proxy_is_asked(other: Receiver, monkeypatch: pytest.MonkeyPatch):
    """SEC-6"""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert Poster(hosts=LISTED)(other.url, b"{}", {}).arrived


def test_a_certificate_is_checked_against_the_name_though_the_address_is_asked(tmp_path: Path):
    """SEC-6"""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=inside.example"
    made = ["-addext", "subjectAltName=DNS:inside.example", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(["openssl", *words.split(), *made], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl, which makes the certificate, is not installed")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    trust = ssl.create_default_context(cafile=str(certificate))
    with receiver(serving) as secured:
        port = secured.url.rpartition(":")[2]

        def posted(host: str, tls: ssl.SSLContext | None) -> str | None:
            hosts = frozenset({"inside.example", "other.example"})
            poster = Poster(hosts=hosts, tls=tls, resolve=lambda host, port: ["127.0.0.1"])
            return poster(f"https://{host}:{port}/", b"{}", {}).went_wrong

        assert posted("inside.example", trust) is None
        assert "shows a certificate that is not trusted" in str(posted("inside.example", None))
        assert "shows a certificate that is not trusted" in str(posted("other.example", trust))
        assert len(secured.got) == 1
