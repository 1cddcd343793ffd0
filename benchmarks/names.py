"""How long the grammar takes for the name of a media file: ``python -m benchmarks.names [--names 20000]``.

Names as media servers want them and as releases are called, computed from their number. A name's folders are its own, so
that no folder is remembered for the next film; episodes share theirs by the season, as they do. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import gc
import json
from statistics import median
from time import process_time

from stocktake.media.grammar import read

#: CPU microseconds that a canonical name may take.
LIMIT, AIM = 50.0, 25.0
_WORDS = (
    *("Night", "Long", "Road", "Home", "River", "Storm", "Winter", "Glass", "House", "Last"),
    *("Silent", "Golden", "Dark", "Moon", "Star", "City", "Fire", "Ocean", "Garden", "Stone"),
)
_ROUNDS = 5


def canonical(count: int) -> dict[str, list[str]]:
    """So many names of each form."""
    return {
        "episode in its folders": [_episode(number) for number in range(count)],
        "film in its folder": [_film(number) for number in range(count)],
        "release of a film": [
            f"{_title(number).replace(' ', '.')}.{_year(number)}.1080p.BluRay.x264-GROUP.mkv"
            for number in range(count)
        ],
        "release of an episode": [
            f"{_title(number // 24).replace(' ', '.')}.S{number // 24 % 9 + 1:02}E{number % 24 + 1:02}"
            ".720p.WEB-DL.DD5.1.H.264-GROUP.mkv"
            for number in range(count)
        ],
    }


def measure(count: int) -> dict[str, float]:
    """CPU microseconds a name, the median of a few rounds, by form and of all."""
    forms = canonical(count // 4)
    took = {form: median(_round(names) for _ in range(_ROUNDS)) for form, names in forms.items()}
    return {**took, "all": sum(took.values()) / len(took)}


def _round(names: list[str]) -> float:
    gc.collect()
    began = process_time()
    for name in names:
        read(name)
    return (process_time() - began) / len(names) * 1_000_000


def _episode(number: int) -> str:
    series, season, episode = _title(number // 24), number // 24 % 9 + 1, number % 24 + 1
    own = f"{series} - S{season:02}E{episode:02} - {_title(number)}.mkv"
    return f"{series} ({_year(number // 24)})/Season {season:02}/{own}"


def _film(number: int) -> str:
    name = f"{_title(number)} ({_year(number)})"
    return f"{name}/{name}.mkv"


def _title(number: int) -> str:
    count = len(_WORDS)
    return " ".join(_WORDS[number // count**place % count] for place in range(3))


def _year(number: int) -> int:
    return 1930 + number % 90


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.names", description=__doc__)
    parser.add_argument("--names", type=int, default=20_000)
    print(json.dumps({form: round(took, 1) for form, took in measure(parser.parse_args().names).items()}))


if __name__ == "__main__":
    main()
