"""Regenerate the SDK, start the embedded server with demo data, run tour.py against it, stop the server.

This is what ``make demo`` runs. It ends by saying how long each part took; when something fails, it prints what the
server wrote and exits with the status of the part that failed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
USER = PASSWORD = "admin"
READY_SECONDS = 60.0
SHOWN = (
    "shown: generating and checking the SDK, browsing, reading and writing fields, creating, downloading, uploading, "
    "a DICOM header"
)


def step(title: str, command: Sequence[str | Path], folder: Path = ROOT) -> None:
    """Run one part of the demo in `folder` and print how long it took; a failing part ends the demo."""
    print(f"\n== {title}", flush=True)
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, check=False)
    if done.returncode != 0:
        sys.exit(done.returncode)
    print(f"   ({time.monotonic() - start:.1f} s)", flush=True)


def wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> str:
    """Return the URL from the line ``ready http://HOST:PORT`` that the server prints once it answers."""
    deadline = time.monotonic() + READY_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("ready "):
                return line.removeprefix("ready ")
        time.sleep(0.05)
    sys.exit(f"the demo server did not start within {READY_SECONDS:.0f} s:\n{log.read_text(encoding='utf-8')}")


@contextmanager
def demo_server(log: Path) -> Generator[str]:
    """Yield the URL of a demo server on a free port; its output goes to `log` and is shown when the demo fails."""
    program = str(PROGRAMS / "xnat-emulator")
    command = [program, "serve", "--demo", "--port", "0", "--user", USER, "--password", PASSWORD]
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as server:
        try:
            yield wait_until_ready(server, log)
        except SystemExit:
            print(f"\nthe server wrote:\n{log.read_text(encoding='utf-8')}", file=sys.stderr)
            raise
        finally:
            server.terminate()


def main() -> None:
    """Run the whole demo."""
    start = time.monotonic()
    generator = PROGRAMS / "xnat-codegen"
    step("generate the SDK from schemas/", [generator, "generate"])
    step("check that generated/ is current", [generator, "check"])
    with tempfile.TemporaryDirectory(prefix="xnat-sdk-demo-") as folder, demo_server(Path(folder, "server.log")) as url:
        work = Path(folder, "work")
        work.mkdir()
        step(f"tour.py against {url}", [sys.executable, ROOT / "examples" / "tour.py", url, USER, PASSWORD], work)
    print(f"\n{SHOWN}\ndemo finished in {time.monotonic() - start:.1f} s")


if __name__ == "__main__":
    main()
