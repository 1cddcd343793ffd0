"""The way in: arguments to a command, its outcome to an exit code (interfaces.md)."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from stocktake.interfaces.cli.app import make_app
from stocktake.interfaces.cli.failure import (
    DONE,
    FAULT,
    INTERRUPTED,
    Interrupted,
    fault,
    report,
    usage_refusal,
)
from stocktake.interfaces.cli.screen import Screen
from stocktake.interfaces.cli.setting import FLAGS, WITH_VALUE
from stocktake.model.errors import InvalidInput, Refusal

#: So many objects more than have gone, and Python looks for cycles: a command imports what stays, and ends.
SELDOM = 50_000


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    gc.set_threshold(SELDOM)
    tokens = command_first(list(sys.argv[1:] if argv is None else argv))
    as_json = "--json" in tokens
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return _run(tokens)
    except CycloptsError as error:
        return report(usage_refusal(error, tokens), Screen(), as_json=as_json)
    except Refusal as error:
        return report(error, Screen(), as_json=as_json)
    except (KeyboardInterrupt, Interrupted) as stop:
        said = str(stop) or "Nothing was written."
        if as_json:
            stopped = InvalidInput("interrupted", f"Interrupted. {said}")
            report(stopped, Screen(), as_json=True)
        else:
            Screen().aside(f"\nInterrupted. {said}")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing more can be said there, not even by Python at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else FAULT
    except BaseException as error:
        return report(fault(error), Screen(), as_json=as_json)


def _run(tokens: list[str]) -> int:
    outcome = make_app(tokens)(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    sys.stdout.flush()
    return outcome if isinstance(outcome, int) else DONE


def command_first(tokens: list[str]) -> list[str]:
    """Global options that stand before the command, moved behind it (INT-11).

    >>> command_first(["--db", "sqlite:///a.db", "--json", "run", "show", "3"])
    ['run', 'show', '3', '--db', 'sqlite:///a.db', '--json']
    """
    place = 0
    while place < len(tokens):
        if tokens[place] in WITH_VALUE:
            place += 2
        elif tokens[place] in FLAGS or tokens[place].startswith(tuple(f"{each}=" for each in WITH_VALUE)):
            place += 1
        else:
            break
    leading, rest = tokens[:place], tokens[place:]
    if not rest:
        return tokens
    end = rest.index("--") if "--" in rest else len(rest)
    return [*rest[:end], *leading, *rest[end:]]


if __name__ == "__main__":
    raise SystemExit(main())
