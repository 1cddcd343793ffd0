"""The peers' own environment: ``benchmarks/.peers-venv``, which Git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distributions
from pathlib import Path

HOME = Path(__file__).parents[1] / ".peers-venv"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
HOW = "make peers, or python -m benchmarks.peers --setup"


def python() -> str:
    """The environment's interpreter."""
    return str(HOME / "bin" / "python")


def versions() -> dict[str, str]:
    """What is installed there, by lower-case name; nothing where there is no environment."""
    folders = [str(each) for each in HOME.glob("lib/python*/site-packages")]
    return {each.name.lower(): each.version for each in distributions(path=folders)} if folders else {}


def setup() -> None:
    """Make the environment anew, with uv where it is on the PATH, else with pip."""
    shutil.rmtree(HOME, ignore_errors=True)
    uv = shutil.which("uv")
    wanted = ["--requirement", str(REQUIREMENTS)]
    if uv is not None:
        _run(uv, "venv", "--quiet", "--python", sys.executable, str(HOME))
        _run(uv, "pip", "install", "--quiet", "--python", python(), *wanted)
        return
    venv.create(HOME, with_pip=True, symlinks=True)
    _run(python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)


def _run(*command: str) -> None:
    """Without our PYTHONPATH: the environment sees what it holds."""
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run(command, check=True, env=alone)
