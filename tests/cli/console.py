"""Pages with terminal text: each ``console`` block is typed at a real terminal, and its text is what came back.

A block has lines that begin with ``$ ``, and below each what the terminal showed. What a person types at prompts stands
in a comment right above the block: ``<!-- typed: admin, secret -->``. Below ``<!-- half-way -->`` the last command is
seen while its progress bar is half full, at a slow server. A block below a line that ends with a file's name in
backticks and a colon is saved under that name. ``XNAT_RECORD_CONSOLE=1`` writes the pages anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, NamedTuple

import pexpect
import pyte

from .screen import PROGRAM

RECORD: Final = "XNAT_RECORD_CONSOLE"
SHOWN_SERVER: Final = "https://xnat.example.org"
WIDTH: Final = 80
HEIGHT: Final = 120
# A line that the terminal breaks stays one line on the page, whose reader's window breaks it.
LONGEST: Final = 1500

COMMENTS: Final = r"(?:^<!-- typed: (?P<typed>[^\n]*) -->\n)?(?P<half_way>^<!-- half-way -->\n)?"
BLOCK = re.compile(rf"{COMMENTS}^```console\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE: Final = r"`(?P<file>[\w./-]+\.\w+)`:\n\n^```(?!console)\w*\n(?P<content>.*?)^```$"
PLAYED = re.compile(rf"{FILE}|{BLOCK.pattern}", re.MULTILINE | re.DOTALL)
PROMPT = re.compile(rb"[:?\]] $")
# What differs from run to run, and what stands for it when texts are compared.
VARIES: Final = (
    (re.compile(r"\d{8}_\d{9}"), "TIMESTAMP"),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|\+\d\d:\d\d)?"), "TIME"),
    (re.compile(r"[\d.,?]+ [kMG]?B/s"), "SPEED"),
    (re.compile(r"\d+:\d\d:\d\d|-:--:--"), "CLOCK"),
    (re.compile(r"\d+\.\d+ (s|seconds)\b"), "SECONDS"),
    (re.compile(r"\S*…"), "CUT"),
    (re.compile(r"^\S+(?= +[━╸╺]{3})", re.MULTILINE), "FILE"),
    (re.compile(r"[━╸╺]{3,}"), "BAR"),
    (re.compile(r"[\d.]+(?=/[\d.]+ [kMG]?B\b)"), "COME"),
    (re.compile(r"(?<=\()\d+ ms\b|(?<=\"ms\": )[\d.]+|(?<=\"seconds\": )[\d.]+"), "MILLISECONDS"),
    (re.compile(r"(?<=\"run\": \")[0-9a-f]{12}"), "RUN"),
    (re.compile(r" +"), ""),
)


class Step(NamedTuple):
    """One command of a block and the text below it."""

    command: str
    shown: str


def steps(text: str) -> list[Step]:
    """Returns the commands of a block, each with what the page shows below it."""
    found: list[Step] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Step(line.removeprefix("$ "), ""))
        else:
            found[-1] = Step(found[-1].command, f"{found[-1].shown}{line}\n")
    return found


def comparable(text: str) -> str:
    """Returns the text with what differs from run to run replaced."""
    for pattern, name in VARIES:
        text = pattern.sub(name, text)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def spawn(command: str, environ: dict[str, str], folder: Path) -> pexpect.spawn[bytes]:
    """Starts a line of a shell at a terminal."""
    path = f"{Path(PROGRAM).parent}{os.pathsep}{environ.get('PATH', '')}"
    return pexpect.spawn(
        "/bin/bash", ["-c", command], env={**environ, "PATH": path}, cwd=folder, dimensions=(HEIGHT, WIDTH), timeout=60
    )


def text_of(screen: pyte.Screen) -> str:
    """Returns the lines of a screen, without what is blank at their ends and below them."""
    return "\n".join(line.rstrip() for line in screen.display).rstrip() + "\n"


def at_a_terminal(command: str, typed: Iterator[str], environ: dict[str, str], folder: Path) -> str:
    """Runs a line of a shell, answers its prompts, and returns what the terminal shows at the end."""
    process = spawn(command, environ, folder)
    read = b""
    while process.expect([PROMPT, pexpect.EOF]) == 0:
        read += process.before + process.after
        answer = next(typed, None)
        assert answer is not None, f"{command}: asks {read.decode()!r}, and the page has no answer"
        process.sendline(answer)
    read += process.before
    process.close()
    screen = pyte.Screen(LONGEST, HEIGHT)
    pyte.ByteStream(screen).feed(read)
    return text_of(screen) if read.strip() else ""


HALF_WAY = re.compile(r"^all .* (?P<come>[\d.]+)/(?P<whole>[\d.]+) [kMG]?B .*B/s \d:\d\d:\d\d$", re.MULTILINE)


def half_way(command: str, environ: dict[str, str], folder: Path) -> str:
    """Runs a line of a shell until its progress bar is half full, returns what is shown then, and stops it."""
    process = spawn(command, environ, folder)
    screen = pyte.Screen(LONGEST, HEIGHT)
    stream = pyte.ByteStream(screen)
    shown = ""
    while not (bar := HALF_WAY.search(shown)) or not 0.4 < float(bar["come"]) / float(bar["whole"]) < 0.9:
        stream.feed(process.read_nonblocking(65536, timeout=60))
        shown = text_of(screen)
    process.sendcontrol("c")
    process.expect(pexpect.EOF)
    process.close()
    return shown


class Walk:
    """Types the blocks of a page, one after the other, at one desk.

    Args:
        server: Address of the server.
        environ: Environment of the desk.
        folder: Where the commands are typed.
        slow: Starts a server that takes its time, and yields the environment that leads there.
    """

    def __init__(
        self,
        server: str,
        environ: dict[str, str],
        folder: Path,
        slow: Callable[[], AbstractContextManager[dict[str, str]]] | None = None,
    ) -> None:
        self._server = server
        self._environ = environ
        self._folder = folder
        self._slow = slow

    def replay(self, page: str) -> str:
        """Returns the page with the text that each command shows today."""
        return PLAYED.sub(self._play, page)

    def _play(self, match: re.Match[str]) -> str:
        if match["file"]:
            (self._folder / match["file"]).write_text(match["content"], encoding="utf-8")
            return match[0]
        typed = iter(match["typed"].split(", ") if match["typed"] else [])
        *before, last = steps(match["text"])
        text = "".join(self._step(step, typed) for step in before)
        text += self._half_way(last) if match["half_way"] else self._step(last, typed)
        left = list(typed)
        assert not left, f"nothing asked for {left}"
        return match[0].replace(match["text"], text)

    def _step(self, step: Step, typed: Iterator[str]) -> str:
        command = step.command.replace(SHOWN_SERVER, self._server)
        return self._told(step, at_a_terminal(command, typed, self._environ, self._folder))

    def _half_way(self, step: Step) -> str:
        assert self._slow is not None, f"{step.command}: there is no slow server"
        with self._slow() as environ:
            return self._told(step, half_way(step.command, {**self._environ, **environ}, self._folder))

    def _told(self, step: Step, shown: str) -> str:
        # In a table the spaces behind the address make up for the difference in length.
        longer = " " * (len(SHOWN_SERVER) - len(self._server))
        shown = re.sub(rf"{self._server}(?:{longer}(?=  ))?", SHOWN_SERVER, shown)
        shown = shown.replace(str(self._folder), "~/work")
        host = self._server.partition("://")[2].partition(":")[0]
        shown = shown.replace(host, SHOWN_SERVER.partition("://")[2]).replace(self._environ["HOME"], "~")
        if comparable(shown) == comparable(step.shown):
            return f"$ {step.command}\n{step.shown}"
        return f"$ {step.command}\n{shown}"


def wants_recording() -> bool:
    """Returns whether pages are to be written anew."""
    return bool(os.environ.get(RECORD))
