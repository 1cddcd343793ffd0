"""Messages and hints come from below in the words of the command line; here a face finds the places to put its own there."""

from __future__ import annotations

import re
from collections.abc import Callable

_TOLD = re.compile(
    r"`stocktake (?P<command>[^`]+)`|`(?P<options>--[^`]+)`|(?<![\w-])--(?P<option>[a-z][a-z-]*)\b"
)
_OPTION = re.compile(r"--([a-z][a-z-]*)\b")
_WORD = re.compile(r"'[^']*'|\"[^\"]*\"|\S+")


def reworded(text: str, *, command: Callable[[str], str | None], option: Callable[[str], str]) -> str:
    """``text`` with every command and every option as the face calls them.

    ``command`` gets what follows ``stocktake`` and gives what stands in its place, or None to leave it; ``option`` gets a
    name without its dashes.
    """

    def in_other_words(found: re.Match[str]) -> str:
        if found["command"]:
            return command(found["command"]) or found[0]
        if found["options"]:
            return f"`{_OPTION.sub(lambda each: option(each[1]), found['options'])}`"
        return f"`{option(found['option'])}`"

    return _TOLD.sub(in_other_words, text)


def words_of(command: str) -> list[str]:
    """The words of a command, what stands in quotes as one."""
    return _WORD.findall(command)
