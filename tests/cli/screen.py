"""A terminal as a person has one: keys go in, a screen comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pexpect
import pyte

PROGRAM = str(Path(sys.executable).with_name("xnat-sdk"))
WIDTH = 120
HEIGHT = 40


class Done(NamedTuple):
    """How a command ended that ran without a terminal."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> dict[str, Any]:
        """What ``--json`` says of an error."""
        return json.loads(self.err.strip().splitlines()[-1])["error"]

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Terminal:
    """One command on a pseudo terminal; `screen` is what a person sees at this moment."""

    def __init__(self, words: list[str], environ: Mapping[str, str], folder: Path, width: int = WIDTH) -> None:
        self._screen = pyte.HistoryScreen(width, HEIGHT, history=10_000, ratio=1)
        self._stream = pyte.ByteStream(self._screen)
        self._process = pexpect.spawn(
            words[0], words[1:], env=dict(environ), cwd=folder, dimensions=(HEIGHT, width), timeout=60
        )
        self.raw = b""

    def wait_for(self, text: str) -> None:
        """Reads until the text is on the screen."""
        self._feed(self._process.expect_exact(text.encode(), timeout=60) == 0)

    def type(self, text: str) -> None:
        """Types a line and the Enter key."""
        self._process.sendline(text)

    def press(self, key: str) -> None:
        """Presses Ctrl and a key."""
        self._process.sendcontrol(key)

    def end(self) -> int:
        """Reads until the command has ended and returns its exit status."""
        self._process.expect(pexpect.EOF)
        self._feed(True)
        self._process.close()
        assert self._process.exitstatus is not None, f"killed by signal {self._process.signalstatus}"
        return self._process.exitstatus

    def _feed(self, _: object) -> None:
        after = self._process.after
        read = self._process.before + (after if isinstance(after, bytes) else b"")
        self.raw += read
        self._stream.feed(read)

    @property
    def screen(self) -> str:
        """The lines of the screen and of what scrolled away, without trailing spaces."""
        above = ["".join(line[at].data for at in range(self._screen.columns)) for line in self._screen.history.top]
        return "\n".join(line.rstrip() for line in [*above, *self._screen.display]).rstrip()


class Desk(NamedTuple):
    """A person's home, current folder and environment, with a way to type commands."""

    home: Path
    folder: Path
    environ: dict[str, str]

    def logged_in(self, server: str, user: str, password: str) -> Desk:
        """Returns the desk with a netrc file as ``login`` writes it, and the server in the environment."""
        netrc = self.home / ".netrc"
        netrc.write_text(f"machine 127.0.0.1\nlogin {user}\npassword {password}\n", encoding="utf-8")
        netrc.chmod(0o600)
        self.environ["XNAT_HOST"] = server
        return self

    def run(self, *words: str | Path, stdin: str = "", **environ: str) -> Done:
        """Runs a command without a terminal, as a script does."""
        done = subprocess.run(
            [PROGRAM, *map(str, words)], input=stdin, env={**self.environ, **environ}, cwd=self.folder,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def terminal(self, *words: str | Path, width: int = WIDTH, **environ: str) -> Terminal:
        """Starts a command on a terminal of its own."""
        return Terminal([PROGRAM, *map(str, words)], {**self.environ, **environ}, self.folder, width)

    def shown(self, *words: str | Path, **environ: str) -> tuple[int, str]:
        """Runs a command on a terminal; returns its exit status and what is on the screen."""
        started = self.terminal(*words, **environ)
        status = started.end()
        assert "Traceback" not in started.screen, started.screen
        return status, started.screen


def environment(home: Path) -> dict[str, str]:
    """Returns what a new user's environment has."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "TERM": "xterm-256color", "PYTHONUTF8": "1"}


Requests = Callable[[], list[str]]
