"""Forms of pages: only what a page of this server made, in the session of who looks at it, is taken (SEC-4)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.interfaces.http.conftest import PASSWORD, Served

HOME = "/workspaces/default"


@pytest.fixture
def admin(served_sqlite: Served) -> Iterator[httpx2.Client]:
    """A browser's session of an admin, without the browser."""
    people = served_sqlite.installation.people(served_sqlite.installation.owner)
    people.set_user("admin@example.com", password=PASSWORD)
    with httpx2.Client(base_url=served_sqlite.url, headers={"Accept": "text/html"}) as client:
        answer = client.post("/sign-in", data={"email": "admin@example.com", "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        yield client


def proof(client: httpx2.Client) -> str:
    csrf: str = client.get("/api/v1/session").json()["csrf"]
    return csrf


ROLE = {"email": "new@example.com", "role": "viewer"}


@pytest.mark.parametrize(
    ("shown", "headers"),
    [
        ("", {}),
        ("wrong", {}),
        ("right", {"Sec-Fetch-Site": "cross-site"}),
        ("right", {"Origin": "https://evil.example.com"}),
    ],
)
def test_a_form_without_its_proof_or_of_another_site_writes_nothing(
    admin: httpx2.Client, shown: str, headers: dict[str, str]
):
    told = proof(admin) if shown == "right" else shown

    answer = admin.post(f"{HOME}/admin/members", data={"csrf": told, **ROLE}, headers=headers)

    assert answer.status_code == 403
    assert "Nothing was written" in answer.text
    assert "new@example.com" not in admin.get(f"{HOME}/admin/members").text


def test_a_form_with_its_proof_does_what_it_says(admin: httpx2.Client):
    answer = admin.post(f"{HOME}/admin/members", data={"csrf": proof(admin), **ROLE})

    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}/admin/members")
    assert "new@example.com" in admin.get(f"{HOME}/admin/members").text


def test_a_script_of_ours_may_show_the_proof_in_the_header(admin: httpx2.Client):
    answer = admin.post(f"{HOME}/admin/members", data=ROLE, headers={"X-CSRF-Token": proof(admin)})

    assert answer.status_code == 303


@pytest.mark.parametrize("content", [b"\xff\xfe=%", b"a=\x00", b"name=%00", b"csrf=" + b"x" * 100])
def test_what_is_no_form_of_ours_is_refused_and_no_fault(admin: httpx2.Client, content: bytes):
    answer = admin.post(
        f"{HOME}/admin/members",
        content=content,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert answer.status_code in (403, 422, 400)


def test_every_form_that_posts_proves_where_it_comes_from(admin: httpx2.Client):
    """Whatever a template forgets is seen here, for the pages that need nothing to be there."""
    for place in ("/account", f"{HOME}/admin/members", f"{HOME}/admin/sources", f"{HOME}/admin/webhooks"):
        text = admin.get(place).text
        assert text.count('method="post"') == text.count('name="csrf"') > 0, place


def test_an_address_that_does_not_exist_is_a_page_for_people_and_a_problem_for_programs(
    admin: httpx2.Client,
):
    page = admin.get("/nowhere")
    problem = admin.get("/nowhere", headers={"Accept": "application/json"})

    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert problem.headers["content-type"] == "application/problem+json"


def test_assets_are_kept_for_good_under_the_digest_of_what_they_are(admin: httpx2.Client):
    text = admin.get("/account").text
    address = text.split('<link rel="stylesheet" href="', 1)[1].split('"', 1)[0]

    found = admin.get(address)

    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert admin.get(address.replace("/assets/", "/assets/0")).status_code == 404
    assert admin.get("/assets/0/..%2f..%2fpage.py").status_code == 404
