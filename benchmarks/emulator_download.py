"""Download a file of 1 GiB from the embedded server and from nginx: the same file, read from memory by the system.

nginx sends as its packages set it up, with ``sendfile on``. The clock runs inside http.client's program around request
and body; for curl it is the whole process.
"""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from measure import PROGRAMS, Peers, reported, run_in_turn, walls
from serving import serving
from table import Bar, Result, compare

FLOOR, OURS = "nginx", "xnat-emulator"
SIZE = 1 << 30
FILE = "/data/projects/BENCH/resources/R/files/big.bin"
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 64; }}
http {{
    access_log off; sendfile on; tcp_nopush on;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}/root; }}
}}
"""


def log_in(host: str) -> str:
    """Return the cookie of a fresh session."""
    connection = http.client.HTTPConnection(host)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("PUT", "/data/services/auth", body="username=admin&password=admin", headers=form)
    return f"JSESSIONID={connection.getresponse().read().decode()}"


def upload(host: str, cookie: str) -> None:
    """Put a file of random bytes into a new project."""
    connection = http.client.HTTPConnection(host)
    headers = {"Cookie": cookie, "Content-Type": "application/octet-stream", "Content-Length": str(SIZE)}
    connection.request("PUT", "/data/projects/BENCH", headers={"Cookie": cookie})
    connection.getresponse().read()
    blocks = (os.urandom(1 << 20) for _ in range(SIZE >> 20))
    connection.request("PUT", FILE, body=blocks, headers=headers)
    reply = connection.getresponse()
    if reply.status != 200 or reply.read():
        raise SystemExit(f"the upload answered {reply.status}")


@contextmanager
def nginx(program: str, stored: Path, folder: Path, port: int) -> Iterator[str]:
    """Yield the address of an nginx that serves a stored file under the path it has on the embedded server."""
    place = folder / "root" / FILE.lstrip("/")
    place.parent.mkdir(parents=True)
    place.hardlink_to(stored)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, user=user), encoding="utf-8")
    with subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL
    ) as server:
        try:
            wait_for(f"127.0.0.1:{port}")
            yield f"127.0.0.1:{port}"
        finally:
            server.terminate()


def wait_for(host: str) -> None:
    """Return when a server answers; give up after ten seconds."""
    for _ in range(200):
        try:
            http.client.HTTPConnection(host).request("HEAD", "/")
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("nginx did not start")


def free_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def measure(hosts: Mapping[str, str], cookie: str) -> Result:
    """Return how long each server takes with each client."""
    program = str(PROGRAMS / "download_file.py")
    found = run_in_turn({name: [sys.executable, program, host, FILE, cookie] for name, host in hosts.items()})
    if any(run.report["bytes"] != SIZE for runs in found.values() for run in runs):
        raise SystemExit(f"a download did not have {SIZE} bytes")
    seconds = reported(found, "seconds")
    rows = compare("download 1 GiB, http.client", seconds, FLOOR, "s", {})
    bars = [Bar("throughput over that of nginx, http.client", seconds[FLOOR] / seconds[OURS], 0.5, at_least=True)]
    if curl := shutil.which("curl"):
        command = [curl, "--silent", "--fail", "--output", os.devnull, "--header", f"Cookie: {cookie}"]
        seconds = walls(run_in_turn({name: [*command, f"http://{host}{FILE}"] for name, host in hosts.items()}))
        rows += compare("download 1 GiB, curl", seconds, FLOOR, "s", {})
        bars.append(Bar("throughput over that of nginx, curl", seconds[FLOOR] / seconds[OURS], 0.5, at_least=True))
    return Result(rows, bars)


def run(_peers: Peers) -> Result:
    """Return the time of each server; nothing where there is no nginx to compare with."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        print("  emulator_download skipped: nginx is not installed")
        return Result([])
    with tempfile.TemporaryDirectory() as name:
        data, folder = Path(name) / "data", Path(name) / "nginx"
        folder.mkdir()
        command = [sys.executable, "-m", "xnat_emulator", "serve", "--port", "0", "--data", str(data)]
        with serving(command) as url:
            host = urlsplit(url).netloc
            cookie = log_in(host)
            upload(host, cookie)
            stored = max(
                (path for path in (data / "blobs").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
            )
            with nginx(program, stored, folder, free_port()) as floor:
                return measure({FLOOR: floor, OURS: host}, cookie)
