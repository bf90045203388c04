"""Virtual environments of tests: what an installed distribution does, apart from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = "Scripts" if sys.platform == "win32" else "bin"


def run(*command: str | Path, cwd: Path, expect: int = 0) -> subprocess.CompletedProcess[str]:
    """Returns what a command printed; it ends with the expected status."""
    # The checkout must not be importable by accident.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, check=False, text=True, timeout=300)
    assert done.returncode == expect, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def build_wheel(project: Path, folder: Path) -> Path:
    """Returns the wheel of a project folder, built into another folder."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, project, cwd=folder)
    return max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime_ns)


class Environment:
    """A virtual environment filled by the dev environment's pip, with the versions of constraints.txt."""

    def __init__(self, folder: Path, *requirements: str | Path):
        self.folder = folder
        run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=ROOT)
        self.python = folder / PROGRAMS / "python"
        options = ["--quiet", "--no-input", "--no-build-isolation", "-c", ROOT / "constraints.txt"]
        run(sys.executable, "-m", "pip", "--python", self.python, "install", *options, *requirements, cwd=folder)

    def program(self, name: str) -> Path:
        return self.folder / PROGRAMS / name

    def site_packages(self) -> Path:
        code = "import sysconfig; print(sysconfig.get_path('purelib'))"
        return Path(run(self.python, "-c", code, cwd=self.folder).stdout.strip())
