"""Which identity provider people may sign in by, as the environment says (SEC-4)."""

from __future__ import annotations

import os
from collections.abc import Mapping

from stocktake.model.errors import InvalidInput
from stocktake.ports.identity import IdentityProvider

ISSUER = "STOCKTAKE_OIDC_ISSUER"
CLIENT_ID = "STOCKTAKE_OIDC_CLIENT_ID"
CLIENT_SECRET = "STOCKTAKE_OIDC_CLIENT_SECRET"  # noqa: S105
REDIRECT_URL = "STOCKTAKE_OIDC_REDIRECT_URL"
NEW_USERS = "STOCKTAKE_OIDC_NEW_USERS"
#: Where people come back to; what an installation is called by browsers stands before it.
CALLBACK = "/api/v1/session/oidc/callback"


def provider_of(environment: Mapping[str, str] | None = None) -> IdentityProvider | None:
    """The provider that ``environment`` (of the process, where none is handed in) names; None where it names none.

    Raises ``InvalidInput`` ``bad-setting``, ``missing-extra``.
    """
    told = os.environ if environment is None else environment
    issuer, client_id, secret, back, new = (
        told.get(name, "").strip() for name in (ISSUER, CLIENT_ID, CLIENT_SECRET, REDIRECT_URL, NEW_USERS)
    )
    if not issuer:
        return None
    try:
        from stocktake.readers.oidc.provider import Provider, ProviderTerms, is_safe
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "missing-extra",
            "Signing in by an identity provider needs a library that is not installed.",
            hint='Install it with: pip install "stocktake[oidc]"',
        ) from error
    if not is_safe(issuer):
        raise _bad(ISSUER, "is no https URL", "Write the provider's issuer exactly as it calls itself.")
    if not client_id:
        raise _bad(CLIENT_ID, "is missing", "Write the name by which the provider knows this installation.")
    if not is_safe(back) or not back.endswith(CALLBACK):
        hint = (
            f"Write the address of this installation as browsers know it: https://stock.example.org{CALLBACK}"
        )
        raise _bad(REDIRECT_URL, f"is no https URL that ends in {CALLBACK}", hint)
    if new not in ("", "yes", "no"):
        raise _bad(NEW_USERS, "is neither yes nor no", "Leave it out, and admins add users.")
    return Provider(
        ProviderTerms(
            issuer=issuer,
            client_id=client_id,
            client_secret=secret or None,
            redirect_url=back,
            admits_new=new == "yes",
        )
    )


def _bad(variable: str, what: str, hint: str) -> InvalidInput:
    return InvalidInput("bad-setting", f"{variable} {what}.", hint=hint)
