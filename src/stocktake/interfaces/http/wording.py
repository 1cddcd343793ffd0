"""Hints in the words of HTTP: whoever asks over the network has routes and bodies, no commands and options.

Refusals come from below with the commands that help at the command line. ``in_http`` is the one place that turns them into
requests; a test holds it against every command that the sources name.
"""

from __future__ import annotations

from typing import Any

from stocktake.interfaces.rewording import reworded, words_of

#: What stands for a command, the longest first: ``{0}`` is its first argument, and so on.
REQUESTS: dict[str, str] = {
    "record show": "GET …/records/{0}/{1}",
    "record edit": "PATCH …/records/{0}/{1}",
    "records": "GET …/records/{0}",
    "runs": "GET …/runs",
    "run show": "GET …/runs/{0}",
    "run rows": "GET …/runs/{0}/rows",
    "run errors": "GET …/runs/{0}/errors",
    "rollback": "POST …/runs/{0}/rollback",
    "cancel": "POST …/imports/{0}/cancel",
    "import": "POST …/imports",
    "inspect": "POST …/imports",
    "plan": "POST …/imports/ID/preview",
    "apply": "POST …/imports/ID/confirm",
    "missing": "GET …/missing",
    "acknowledge": "POST …/missing/LINK/acknowledge",
    "held": "GET …/held",
    "held retire": "POST …/held/LINK/retire",
    "held keep": "POST …/held/LINK/keep",
    "types": "GET …/types",
    "type show": "GET …/types/{0}",
    "type add": "POST …/types",
    "sources": "GET …/sources",
    "source add": "PUT …/sources/{0}",
    "source set": "PUT …/sources/{0}",
    "source close": "POST …/sources/{0}/close",
    "mappings": "GET …/mappings",
    "backfill": "POST …/backfills/{0}",
    "health wiring": "GET …/health/wiring",
    "asset list": "GET …/assets",
    "asset attention": "GET …/assets/attention",
    "asset enrich": "POST …/collections/ID/enrich",
    "asset approve": "POST …/assets/approve",
    "collection show": "GET …/collections/{0}",
    "reimport": 'PUT …/imports/ID/mapping {{"replaces_run": {0}}}',
    "webhook list": "GET …/webhooks",
    "webhook add": "POST …/webhooks",
    "webhook change": "PATCH …/webhooks/{0}",
    "webhook remove": "DELETE …/webhooks/{0}",
    "webhook try": "POST …/webhooks/{0}/try",
    "webhook deliver": "POST …/webhooks/deliver",
    "workspace list": "GET /api/v1/workspaces",
    "workspace members": "GET …/members",
    "workspace set": "PATCH /api/v1/workspaces/{0}",
    "workspace add": "POST /api/v1/workspaces",
    "user list": "GET /api/v1/users",
    "user add": "POST /api/v1/users",
    "user set": "PATCH /api/v1/users/{0}",
    "token list": "GET /api/v1/tokens",
    "token create": "POST /api/v1/tokens",
    "token revoke": "DELETE /api/v1/tokens/ID",
}
#: Commands that only whoever runs the server can give; they stay what they are.
OF_THE_SERVER = ("collection update", "media-source", "serve")
#: What ``is_full_snapshot`` and other bodies call otherwise than the option.
_NAMES = {
    "type": "record_type",
    "map": "columns",
    "read": "reads",
    "keep": "retire_skip_ids",
    "no_reactivate": "reactivate_skip_ids",
    "reactivate_only": "reactivate_only_external_ids",
    "reactivate": "reactivate_ids",
    "active": "is_active",
    "allow_rollback": "allows_rollback",
}
#: Whole hints, by code, where single words do not do.
HINTS = {
    "unknown-workspace": "GET /api/v1/workspaces lists those that you may see.",
    "no-database": "Nothing has been imported yet: POST a file to …/imports.",
}


def in_http(text: str) -> str:
    """A message or hint as somebody needs it who speaks HTTP."""
    return reworded(text, command=_request, option=_name)


def hint_in_http(code: str, hint: str) -> str:
    """The hint of a refusal."""
    return HINTS.get(code) or in_http(hint)


def worded(told: Any) -> Any:
    """A document whose messages and hints, however deep, are in the words of HTTP."""
    if isinstance(told, dict):
        return {
            name: in_http(each) if name in ("message", "hint") and isinstance(each, str) else worded(each)
            for name, each in told.items()
        }
    return [worded(each) for each in told] if isinstance(told, list) else told


def _request(command: str) -> str | None:
    """The request that does what a command does; None for what only whoever runs the server can do."""
    words = words_of(command)
    for length in (2, 1):
        request = REQUESTS.get(" ".join(words[:length]))
        if request is not None:
            given, options = _parted(words[length:])
            told = f" with {', '.join(options)}" if options else ""
            return f"`{request.format(*given, 'ID', 'ID')}`{told}"
    return None


def _parted(words: list[str]) -> tuple[list[str], list[str]]:
    """What is named by its place, and the options, as the names of a body or query."""
    place = next((at for at, each in enumerate(words) if each.startswith("--")), len(words))
    options = [_name(each[2:]) for each in words[place:] if each.startswith("--") and each != "--help"]
    return [each for each in words[:place] if each != "…"], [f"`{each}`" for each in options]


def _name(option: str) -> str:
    plain = option.replace("-", "_")
    return _NAMES.get(plain, plain)
