"""nginx before the embedded server: it sends some bodies from files and passes every other request on.

Every request can be held back for some milliseconds: nginx asks a program that waits (``auth_request``) first. Its log
tells who sent the bodies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from emulator_download import free_port, wait_for
from serving import serving

WAITING = str(Path(__file__).parent / "stub_wait.py")
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 256; }}
http {{
    log_format sent '$upstream_addr $body_bytes_sent'; access_log {folder}/access.log sent;
    sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 600s;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream emulator {{ server {emulator}; keepalive 64; }}
    upstream waiting {{ server {waiting}; keepalive 64; }}
    map_hash_bucket_size 1024;
    map "$uri?$arg_format" $sent {{ default $uri; {answers} }}
    server {{
        listen 127.0.0.1:{port}; root {folder}/root; client_max_body_size 0;
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host;
        proxy_buffering off; proxy_request_buffering off;
        location / {{ {wait} try_files $sent @emulator; }}
        location @emulator {{ proxy_pass http://emulator; }}
        location = /wait {{ internal; proxy_pass http://waiting; proxy_pass_request_body off;
            proxy_set_header Content-Length ""; proxy_set_header Connection ""; }}
    }}
}}
"""


def program() -> str | None:
    """Return the path of nginx, None where it is not installed."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


class Front:
    """An nginx that runs.

    Attributes:
        url: Its address.
    """

    def __init__(self, url: str, log: Path) -> None:
        """Take note of the log."""
        self.url = url
        self._log = log
        self._read = 0

    def server(self) -> str:
        """Return who sent the bytes of bodies since the last call."""
        with self._log.open(encoding="ascii") as stream:
            stream.seek(self._read)
            lines = stream.readlines()
            self._read = stream.tell()
        sent = [(line.startswith("- "), int(line.rpartition(" ")[2])) for line in lines]
        share = sum(size for is_own, size in sent if is_own) / max(sum(size for _, size in sent), 1)
        return (
            "nginx" if share > 0.99 else "emulator" if share < 0.01 else f"nginx {share:.0%}, emulator {1 - share:.0%}"
        )


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a folder that is removed afterwards, in memory where the system has such a place: no disk counts.

    Temporary files of whoever makes some, and the memory of unfinished transfers, are in folders of their own in it.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="xnat-bench-", dir=memory if memory.is_dir() else None) as name:
        folder = Path(name)
        (folder / "tmp").mkdir()
        with patch.dict(os.environ, {"TMPDIR": str(folder / "tmp"), "XDG_STATE_HOME": str(folder / "state")}):
            yield folder


@contextmanager
def front(emulator: str, folder: Path, answers: Mapping[str, str], *, wait_ms: int = 0) -> Iterator[Front]:
    """Yield an nginx that sends what stands in ``root/`` of a folder, and asks the server for the rest.

    Args:
        emulator: Address of the server.
        folder: Where nginx keeps its files.
        answers: End of a path, "?" and value of ``format``, as a regular expression -> name below ``root/`` of the
            file that is the answer. Clients spell the start of a path differently.
        wait_ms: How long every request is held back.
    """
    (folder / "root").mkdir(parents=True, exist_ok=True)
    port = free_port()
    with ExitStack() as running:
        waiting = running.enter_context(serving([sys.executable, WAITING, str(wait_ms)])) if wait_ms else emulator
        text = CONFIGURATION.format(
            folder=folder, port=port, emulator=urlsplit(emulator).netloc, waiting=urlsplit(waiting).netloc,
            user="user root;" if os.geteuid() == 0 else "", wait="auth_request /wait;" if wait_ms else "",
            answers=" ".join(f'"~{asked}$" /{name};' for asked, name in answers.items()),
        )  # fmt: skip
        (folder / "nginx.conf").write_text(text, encoding="utf-8")
        command = [str(program()), "-p", str(folder), "-c", str(folder / "nginx.conf")]
        server = running.enter_context(subprocess.Popen(command, stderr=subprocess.DEVNULL))
        running.callback(server.terminate)
        wait_for(f"127.0.0.1:{port}")
        yield Front(f"http://127.0.0.1:{port}", folder / "access.log")
