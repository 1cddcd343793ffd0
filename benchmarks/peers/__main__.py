"""``python -m benchmarks.peers [--setup]``: install the peers, and say which there are."""

from __future__ import annotations

import argparse

from benchmarks.peers import environment
from benchmarks.peers.peer import PEERS, installed, version


def main() -> None:
    """Install if asked to; then say what can be compared with."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--setup", action="store_true", help=f"make {environment.HOME.name} anew")
    if parser.parse_args().setup:
        environment.setup()
    for peer in PEERS.values():
        print(f"{peer.name:13} {version(peer) if installed(peer) else f'absent: {environment.HOW}'}")


if __name__ == "__main__":
    main()
