"""Run a command once for each supported Python on this machine; the command reads PYTHON and VENV from its end.

Usage: every_python.py COMMAND [ARGUMENT ...]; ``PYTHON=<path> VENV=.venv-<version>`` is appended for each interpreter.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

OLDEST = (3, 11)
NAME = re.compile(r"python3\.\d+")
PROBE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"


def candidates() -> Iterator[Path]:
    """Yield every file named like ``python3.12`` on PATH, then those of pyenv, then the interpreter that runs this."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    folders += [installation / "bin" for installation in sorted((root / "versions").glob("*"), reverse=True)]
    for folder in folders:
        # A shim answers for a version that may not be selected; the installation behind it is listed by itself.
        if folder.is_dir() and folder != root / "shims":
            yield from sorted(entry for entry in folder.iterdir() if NAME.fullmatch(entry.name))
    yield Path(sys.executable)


def interpreters() -> dict[tuple[int, int], str]:
    """Return the first working interpreter of each supported version, oldest version first."""
    found: dict[tuple[int, int], str] = {}
    for candidate in candidates():
        done = subprocess.run([candidate, "-c", PROBE], capture_output=True, check=False, text=True)
        if done.returncode != 0:
            continue
        version, executable = done.stdout.splitlines()
        major, minor = version.split(".")
        found.setdefault((int(major), int(minor)), executable)
    return {version: found[version] for version in sorted(found) if version >= OLDEST}


def run_all(command: Sequence[str]) -> int:
    """Return 0 when the command succeeded under every interpreter, else 1, after a line for each."""
    failed: list[str] = []
    found = interpreters()
    for (major, minor), executable in found.items():
        print(f"Python {major}.{minor} ({executable})", flush=True)
        settings = [f"PYTHON={executable}", f"VENV=.venv-{major}.{minor}"]
        if subprocess.run([*command, *settings], check=False).returncode != 0:
            failed.append(f"{major}.{minor}")
    print(f"tested with {len(found)} Pythons; failed with: {', '.join(failed) or 'none'}")
    return 1 if failed or not found else 0


if __name__ == "__main__":
    sys.exit(run_all(sys.argv[1:]))
