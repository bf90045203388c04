"""Write constraints*.txt: the newest versions that fit pyproject.toml, one pin per line.

Usage: lock.py (from the repository's root). pip resolves and reports; nothing is installed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

OWN = "xnat-sdk"
LOCKS = {
    "constraints.txt": [
        "pip",
        "--group",
        "dev",
        ".[arrow,cli,codegen,dask,emulator,fsspec,keyring,pandas,preview,tqdm]",
    ],
    **{f"constraints-{client}.txt": ["--group", client] for client in ("xnatpy", "pyxnat", "xnatctl")},
}
HEADER = "# Written by `make lock`; do not edit. Pins everything in the environment for {}.\n"


def resolve(requirements: Sequence[str]) -> dict[str, str]:
    """Return name -> version of everything that a fresh install of the requirements would take."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    done = subprocess.run([*command, *requirements], stdout=subprocess.PIPE, check=True, text=True)
    found = (item["metadata"] for item in json.loads(done.stdout)["install"])
    return {re.sub(r"[-_.]+", "-", item["name"]).lower(): item["version"] for item in found}


def write(path: Path, requirements: Sequence[str]) -> None:
    """Resolve the requirements and replace the file at `path` with their pins, sorted by name."""
    pins = resolve(requirements)
    pins.pop(OWN, None)
    name = path.stem.removeprefix("constraints").removeprefix("-") or "development"
    path.write_text(HEADER.format(name) + "".join(f"{pin}=={pins[pin]}\n" for pin in sorted(pins)), encoding="utf-8")
    print(f"  {path.name}: {len(pins)} pins")


if __name__ == "__main__":
    for file, wanted in LOCKS.items():
        write(Path(file), wanted)
