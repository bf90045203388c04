"""A newcomer who follows docs/quick-start.md to the letter: two terminals, and an editor that saves what is shown.

The clone is of the working tree as it is. `make demo` finds its environment made already, from the packages that these
tests run with, because installing takes longer than all the rest; ``QUICK_START_INSTALLS=1`` has all installed anew.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import venv
from pathlib import Path

from .pages import ROOT

SCRIPTS = {
    "xnat-codegen": "xnat_codegen.cli",
    "xnat-emulator": "xnat_emulator.cli",
    "mypy": "mypy.__main__",
}
PACKAGES = ("codegen", "generated", "runtime", "emulator")
START = "import sys\nfrom {module} import {function}\nsys.exit({function}())\n"
DONE = "==done=="


def snapshot(folder: Path) -> Path:
    """Make a repository of the files of the working tree that are not ignored, and return it."""
    folder.mkdir()
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "Snapshot")
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True, text=True)
    return done.stdout


def furnish(clone: Path) -> None:
    """Make the environment of a clone from the packages that are installed here, and its own four."""
    home = clone / ".venv"
    venv.create(home, with_pip=False)
    (packages,) = home.glob("lib/python*/site-packages")
    installed = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "clone.pth").write_text("\n".join([*(str(clone / room) for room in PACKAGES), installed]), "utf-8")
    for name, module in SCRIPTS.items():
        function = "console_entry" if name == "mypy" else "main"
        script = home / "bin" / name
        text = START.format(module=module, function=function)
        script.write_text(f"#!{home / 'bin' / 'python'}\n{text}", encoding="utf-8")
        script.chmod(0o755)
    (home / ".stamp").touch()


class Terminal:
    """One shell, that keeps its folder and variables from command to command."""

    def __init__(self, folder: Path) -> None:
        left_out = ("XNAT", "VIRTUAL_ENV", "PYTHON", "MAKE", "MFLAGS")
        self.shell = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if not name.startswith(left_out)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def type(self, text: str) -> None:
        assert self.shell.stdin is not None
        self.shell.stdin.write(f"{text}\n")
        self.shell.stdin.flush()

    def run(self, line: str) -> tuple[str, int, Path]:
        """Run a line, and return what it wrote, its status, and the folder that it ends in."""
        self.type(f'{line}\necho "{DONE} $? $PWD"')
        written, last = self.read_to(DONE)
        _, status, folder = last.split(maxsplit=2)
        return written, int(status), Path(folder)

    def read_to(self, beginning: str) -> tuple[str, str]:
        """Return what is written before the line that begins so, and that line."""
        assert self.shell.stdout is not None
        written = ""
        for line in iter(self.shell.stdout.readline, ""):
            if line.startswith(beginning):
                return written, line.strip()
            written += line
        raise AssertionError(f"no line {beginning!r} came:\n{written}")

    def close(self) -> None:
        """End the shell and what runs in it."""
        os.killpg(self.shell.pid, signal.SIGKILL)
        self.shell.communicate()
