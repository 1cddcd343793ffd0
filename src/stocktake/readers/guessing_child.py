"""Asks guessit for names, in a process of its own (:mod:`stocktake.readers.guessing`).

A name comes in as one line of JSON, what guessit says goes out as one: ``{}`` where it says nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from stocktake.media.vocabulary import words
from stocktake.readers.child import take_limits

#: What is asked for; the rest of guessit's words is dropped.
WANTED = words("type title season episode episode_title year date part cd disc version edition country")
#: Only guessit's own settings, and none that lie in somebody's home.
_OPTIONS: Mapping[str, Any] = {"no_user_config": True}


def _serve(limits: str) -> int:
    take_limits(limits)
    with os.fdopen(os.dup(1), "w", encoding="ascii") as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        from guessit import guessit

        for line in _announced(answers):
            answers.write(json.dumps(told(guessit, json.loads(line))) + "\n")
            answers.flush()
    return 0


def _announced(answers: Any) -> Any:
    """Say that all is loaded; then the lines that come in."""
    answers.write("{}\n")
    answers.flush()
    return sys.stdin


def told(guess: Callable[..., Mapping[str, Any]], name: str) -> dict[str, Any]:
    """What guessit says of a name, of what is wanted. It can fail on one: then it says nothing of it."""
    try:
        found = guess(name, _OPTIONS)
    except Exception:  # whatever it is, the next name has nothing to do with it
        return {}
    return {word: _plain(value) for word, value in found.items() if word in WANTED}


def _plain(value: Any) -> Any:
    """A value as JSON has it: countries and days are told in text."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, int | float | str) else str(value)


if __name__ == "__main__":
    sys.exit(_serve(sys.argv[1]))
