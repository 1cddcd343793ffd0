"""What the schema says of each answer is specific, and what is answered on the way of an import is just that."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from stocktake.catalog.packs import pack_samples
from stocktake.model.media import MediaKind, MediaSource
from tests.interfaces.http.conftest import OWN, Served, Traveller
from tests.receiver import KEY, receiver

SAMPLES = pack_samples("it_assets")

#: Names under which stands what has no shape of its own, and why.
SHAPELESS = {
    "details": "what programs may want to know of a refusal, by its code",
    "choices": "what was chosen of an import, in the words of its steps",
    "parts": "as the importer told",
    "sidecars": "as the importer told",
    "tracks": "as the enrichers told",
    "tags": "as the enrichers told",
    "enricher_snapshot": "as the enrichers are configured",
}


def loose(node: dict[str, Any], at: str, name: str = "") -> Iterator[str]:
    """Where a schema says nothing of what stands there."""
    if "$ref" in node or "enum" in node:
        return
    for word in ("anyOf", "allOf"):
        for each in node.get(word, ()):
            yield from loose(each, at, name)
    kind = node.get("type")
    if kind is None and not {"anyOf", "allOf"} & set(node):
        yield at
    kinds = kind if isinstance(kind, list) else [kind]
    if (
        "object" in kinds
        and not node.get("properties")
        and not isinstance(node.get("additionalProperties"), dict)
    ):
        if name not in SHAPELESS:
            yield at
    elif "array" in kinds:
        yield from loose(node.get("items", {}), f"{at}[]", name)
    for inner, each in node.get("properties", {}).items():
        yield from loose(each, f"{at}.{inner}", inner)
    if isinstance(node.get("additionalProperties"), dict):
        yield from loose(node["additionalProperties"], f"{at}.*")


def answers(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every answer of 2xx that is a JSON document."""
    for path, methods in schema["paths"].items():
        for method, told in methods.items():
            for status, answer in told["responses"].items():
                found = answer.get("content", {}).get("application/json")
                if status.startswith("2") and found is not None:
                    yield f"{method.upper()} {path} {status}", found["schema"]


def names_in(node: Any, schema: dict[str, Any]) -> set[str]:
    """The named documents that one is made of."""
    if isinstance(node, list):
        return {name for each in node for name in names_in(each, schema)}
    if not isinstance(node, dict):
        return set()
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return {name} | names_in(schema["components"]["schemas"][name], schema)
    return {name for each in node.values() for name in names_in(each, schema)}


def test_every_answer_says_what_it_holds(served_sqlite: Served):
    """A generated client has a type for each: no document is any object, no value anything."""
    schema = served_sqlite.as_(None).get("/api/v1/openapi.json").json()
    told = [place for name, each in answers(schema) for place in loose(each, name)]
    named = {name for _, each in answers(schema) for name in names_in(each, schema)}
    told += [place for name in named for place in loose(schema["components"]["schemas"][name], name)]
    assert told == []
    assert len(named) > 30
    assert len(list(answers(schema))) > 80


class Reader:
    """Holds answers against the published schema, both ways: nothing is missing or otherwise, and nothing untold."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self.seen: set[str] = set()

    def read(self, operation: str, answer: Any) -> Any:
        """The document of an answer to ``METHOD path``, as the schema calls it."""
        assert answer.status_code < 300, (operation, answer.text)
        method, path = operation.split(" ")
        responses = self._schema["paths"][path][method.lower()]["responses"]
        told = responses[str(answer.status_code)]["content"]["application/json"]["schema"]
        document = answer.json()
        whole = {**told, "components": self._schema["components"]}
        errors = [
            f"{operation}: {each.message[:200]} at {list(each.instance_path)}"
            for each in jsonschema_rs.Draft202012Validator(whole, validate_formats=True).iter_errors(document)
        ]
        assert errors == []
        untold = sorted(set(self._untold(told, document, "")))
        assert untold == [], f"{operation}: {untold}"
        self.seen.add(operation)
        return document

    def _untold(self, node: dict[str, Any], value: Any, at: str) -> Iterator[str]:
        """Names of a document that its schema does not tell."""
        if isinstance(value, list):
            items = [each["items"] for each in self._parts(node) if "items" in each]
            for each in value if items else ():
                yield from self._untold(items[0], each, f"{at}[]")
        elif isinstance(value, dict):
            parts = self._parts(node)
            known = {name: each for part in parts for name, each in part.get("properties", {}).items()}
            others = [part["additionalProperties"] for part in parts if "additionalProperties" in part]
            for name, each in value.items() if known or others else ():
                if name not in known and not others:
                    yield f"{at}.{name}"
                else:
                    yield from self._untold(known.get(name) or others[0], each, f"{at}.{name}")

    def _parts(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        """The schemas that hold together, or one of which holds."""
        if "$ref" in node:
            return self._parts(self._schema["components"]["schemas"][node["$ref"].rpartition("/")[2]])
        inner = [*node.get("anyOf", ()), *node.get("allOf", ())]
        return [node, *(part for each in inner for part in self._parts(each))]


@pytest.fixture
def media(tmp_path: Path) -> Path:
    """A folder with a collection, whose film was written an hour ago and is none."""
    film = tmp_path / "media" / "Films" / "Heat (1995).mkv"
    film.parent.mkdir(parents=True)
    film.write_text("no film")
    hour_ago = time.time() - 3_600
    os.utime(film, (hour_ago, hour_ago))
    return tmp_path / "media"


def test_what_is_answered_on_the_way_of_an_import_is_what_the_schema_says(
    served: Served, journey: Traveller, media: Path, monkeypatch: pytest.MonkeyPatch
):
    """Real answers of each noun; a name that the schema does not tell, or another type, fails."""
    monkeypatch.setenv("STOCKTAKE_SECRET_KEY", KEY)
    monkeypatch.setenv("STOCKTAKE_WEBHOOK_HOSTS", "127.0.0.1")
    operator, admin, platform = journey("operator"), served.as_("admin"), served.as_("platform")
    reader = Reader(admin.get("/api/v1/openapi.json").json())
    _travel(reader, operator.client, SAMPLES["ninjaone-1.csv"].read_bytes())
    operator.imported(SAMPLES["ninjaone-2.csv"].read_bytes())
    head = b"\n".join(SAMPLES["ninjaone-1.csv"].read_bytes().splitlines()[:3]) + b"\n"
    held = operator.imported(head, on_guard="hold")["run_id"]
    _with_media(served, media)
    edited = {"values": {"location": "Vancouver"}, "reason": "moved"}
    reader.read(
        f"PATCH {W}/records/{{record_type}}/{{record_id}}",
        admin.patch(f"{OWN}/records/device/5", json=edited),
    )
    mapping = {
        "record_type": "device",
        "source": "NINJAONE",
        "mapping": {"columns": {"Serial Number": "serial_number"}},
    }
    reader.read(f"PUT {W}/mappings/{{name}}", admin.put(f"{OWN}/mappings/monthly", json=mapping))
    reader.read(f"PUT {W}/flows/{{name}}", admin.put(f"{OWN}/flows/F", json={"name": "autumn"}))
    declared = {"declaration": {"record_types": ["device"]}}
    reader.read(f"PUT {W}/sources/{{name}}", admin.put(f"{OWN}/sources/MINE", json=declared))
    with receiver() as listening:
        added = admin.post(f"{OWN}/webhooks", json={"url": listening.url})
        reader.read(f"POST {W}/webhooks", added)
        reader.read(f"POST {W}/webhooks/{{webhook_id}}/try", admin.post(f"{OWN}/webhooks/1/try", json={}))
        reader.read(f"POST {W}/webhooks/deliver", admin.post(f"{OWN}/webhooks/deliver", json={}))
        reader.read(f"GET {W}/webhooks/{{webhook_id}}", admin.get(f"{OWN}/webhooks/1"))
        changed = admin.patch(f"{OWN}/webhooks/1", json={"new_secret": True})
        reader.read(f"PATCH {W}/webhooks/{{webhook_id}}", changed)
    _work(reader, admin)
    for operation, place in LOOKS.items():
        reader.read(f"GET {W}/{operation}", admin.get(f"{OWN}/{place}"))
    for operation in ("users", "users/{email}", "workspaces", "tokens", "session", "runs", "activity"):
        place = operation.replace("{email}", "viewer@example.com")
        reader.read(f"GET /api/v1/{operation}", platform.get(f"/api/v1/{place}"))
    link = admin.get(f"{OWN}/held").json()["items"][0]["link"]
    kept = admin.post(f"{OWN}/held/{link}/keep", json={"reason": "lent"})
    reader.read(f"POST {W}/held/{{link}}/keep", kept)
    closing = admin.post(f"{OWN}/sources/NINJAONE/close", json={"dry_run": True})
    reader.read(f"POST {W}/sources/{{name}}/close", closing)
    seen = reader.read(f"GET {W}/runs/{{run_id}}/rollback", admin.get(f"{OWN}/runs/{held}/rollback"))
    assert seen["blocked_by"]
    undone = admin.post(f"{OWN}/runs/{held}/rollback?wait=60", json={"partial": True})
    reader.read(f"POST {W}/runs/{{run_id}}/rollback", undone)
    reader.read(f"GET {W}/runs/{{run_id}}/work", admin.get(f"{OWN}/runs/{held}/work"))
    assert len(reader.seen) >= 60


W = "/api/v1/workspaces/{workspace}"

#: What is looked at: as the schema calls it, and what stands there.
LOOKS = {
    "runs": "runs",
    "runs/{run_id}": "runs/2",
    "runs/{run_id}/rows": "runs/2/rows",
    "runs/{run_id}/errors": "runs/2/errors",
    "runs/{run_id}/history": "runs/2/history",
    "records/{record_type}": "records/device?retired=true",
    "records/{record_type}/{record_id}": "records/device/5?lineage=true",
    "history": "history?type=device&id=5",
    "missing": "missing",
    "held": "held",
    "waterfall": "waterfall?type=device&field=status&by=week",
    "time-in-stage": "time-in-stage?type=device&field=status",
    "freshness": "freshness",
    "health/wiring": "health/wiring?detail=true",
    "activity": "activity?page_size=200",
    "types": "types",
    "types/{record_type}": "types/device",
    "sources": "sources",
    "sources/{name}": "sources/NINJAONE",
    "mappings": "mappings",
    "mappings/{name}": "mappings/monthly",
    "flows": "flows",
    "backfills/{name}": "backfills/presence-links",
    "backfills/{name}/work": "backfills/presence-links/work",
    "raw-rows/pruning/work": "raw-rows/pruning/work",
    "collections/{name}/work": "collections/Films/work",
    "webhooks/deliver/work": "webhooks/deliver/work",
    "raw-rows/pruning": "raw-rows/pruning?older_than=1h",
    "media-sources": "media-sources",
    "collections": "collections",
    "collections/{name}": "collections/Films",
    "assets": "assets",
    "assets/{record_id}": "assets/1",
    "assets/attention": "assets/attention",
    "members": "members",
    "webhooks": "webhooks",
}


def _travel(reader: Reader, client: Any, content: bytes) -> None:
    """An import with a row that is left out, step by step."""
    lines = content.decode().splitlines()
    bad = {"2027-04-30": "no day", "5CG3120QPD": "5CG3120QXX", "LT-0101": "LT-0999", "LT0101": "LT0999"}
    lines.append(reduce(lambda line, each: line.replace(*each), bad.items(), lines[1]))
    files = {"file": ("devices.csv", "\n".join(lines).encode())}
    arrived = reader.read(f"POST {W}/imports", client.post(f"{OWN}/imports", files=files))
    place, own = f"{OWN}/imports/{arrived['import']['import_id']}", f"{W}/imports/{{import_id}}"
    reader.read(f"GET {own}", client.get(place))
    reader.read(f"GET {own}/inspection", client.get(f"{place}/inspection"))
    told = {"record_type": "device", "source": "NINJAONE"}
    reader.read(f"PUT {own}/mapping", client.put(f"{place}/mapping", json=told))
    terms = {"on_error": "reject-rows"}
    plan = reader.read(f"POST {own}/preview", client.post(f"{place}/preview?wait=60", json=terms))
    reader.read(f"GET {own}/rows", client.get(f"{place}/rows"))
    assert reader.read(f"GET {own}/errors", client.get(f"{place}/errors"))["total"] == 1
    confirmed = {"plan_id": plan["plan_id"]}
    reader.read(f"POST {own}/confirm", client.post(f"{place}/confirm?wait=60", json=confirmed))
    reader.read(f"GET {own}", client.get(place))


def _work(reader: Reader, client: Any) -> None:
    """Work that is about no run, of each kind; what is written has been before."""
    for operation, place, told in (
        ("backfills/{name}", "backfills/presence-links", {}),
        ("raw-rows/pruning", "raw-rows/pruning", {"older_than": "90d"}),
        ("collections/{name}/ingest", "collections/Films/ingest", {"title": "Heat", "dry_run": True}),
        ("collections/{name}/enrich", "collections/Films/enrich", {}),
    ):
        reader.read(f"POST {W}/{operation}", client.post(f"{OWN}/{place}?wait=60", json=told))
    later = client.post(f"{OWN}/backfills/presence-links?wait=0", json={})
    if later.status_code == 202:
        reader.read(f"POST {W}/backfills/{{name}}", later)
    for operation in ("backfills/{name}", "raw-rows/pruning", "collections/{name}", "webhooks/deliver"):
        place = operation.format(name="Films" if operation[0] == "c" else "presence-links")
        reader.read(f"POST {W}/{operation}/stop", client.post(f"{OWN}/{place}/stop"))


def _with_media(served: Served, folder: Path) -> None:
    """A collection that was ingested, and an asset that no enricher could look into."""
    book = served.installation.book("default", served.installation.owner)
    book.add_media_source(MediaSource(name="NAS", kind=MediaKind.FILESYSTEM, path=str(folder)))
    book.discover_collections("NAS")
    book.update_collection("Films", is_sync_enabled=True)
    book.ingest_collection("Films")
    book.enrich_assets()
