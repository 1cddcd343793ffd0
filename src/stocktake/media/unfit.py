"""A file of which nothing can be told."""

from __future__ import annotations


class Unfit(Exception):
    """Why a file tells nothing: its code, one of ``FAILURES``, and the end of a sentence that begins with its path."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def not_media() -> Unfit:
    """Neither picture nor sound was found."""
    return Unfit(
        "not-media",
        "holds neither moving picture nor sound; put the real file in its place, or take it out of the collection",
    )


def truncated(*, acceptable: bool) -> Unfit:
    """It ends before it says that it does; ``acceptable``: though what it is made of was found."""
    way_out = ", or configure truncated=accept to take it as it is" if acceptable else ""
    return Unfit("file-truncated", f"is cut off: it ends before it says that it does; copy it anew{way_out}")


def damaged(why: str) -> Unfit:
    """It cannot be made sense of."""
    return Unfit("file-damaged", f"cannot be made sense of ({why}); copy it anew")
