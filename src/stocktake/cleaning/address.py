"""Web addresses in one form (CLN-2)."""

from __future__ import annotations

import polars as pl

_FORM = r"(?i)^([a-z][a-z0-9+.\-]*)://([^\s/?#]+)([/?#]\S*)?$"


def url(cell: pl.Expr) -> pl.Expr:
    """A web address with scheme and host in lower case, without the usual port and a slash that stands alone behind it.

    Nothing where there is no scheme: ``prefix(https://)`` before it says which.

    >>> example("url", "HTTPS://Acme.COM:443/"), example("url", "http://acme.com/About?x=1")
    ('https://acme.com', 'http://acme.com/About?x=1')
    >>> example("url", "acme.com")
    """
    scheme, host = cell.str.extract(_FORM, 1).str.to_lowercase(), cell.str.extract(_FORM, 2)
    at = host.str.extract(r"^(.*@)", 1).fill_null("")
    name = host.str.replace(r"^.*@", "").str.to_lowercase()
    bare = (
        pl.when(scheme == "https")
        .then(name.str.replace(r":443$", ""))
        .when(scheme == "http")
        .then(name.str.replace(r":80$", ""))
        .otherwise(name)
    )
    rest = cell.str.extract(_FORM, 3).fill_null("")
    path = pl.when(rest == "/").then(pl.lit("")).otherwise(rest)
    return (
        pl.when(cell == "").then(pl.lit("")).otherwise(pl.concat_str([scheme, pl.lit("://"), at, bare, path]))
    )
