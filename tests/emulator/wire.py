"""Requests over a bare socket, so that a test sees what is on the wire and how it ends."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field

from xnat_emulator import Emulator


@dataclass
class Seen:
    """What came back: the bytes, how it ended (``eof``, ``reset`` or ``open``), and when bytes came, in seconds."""

    data: bytes = b""
    end: str = "open"
    moments: list[float] = field(default_factory=list)

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def status(self) -> int:
        return int(self.head.split()[1])

    @property
    def raw_body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def body(self) -> bytes:
        """The body with its chunks put together, as far as it came."""
        if "chunked" not in self.header("transfer-encoding"):
            return self.raw_body
        rest, found = self.raw_body, b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            found, rest = found + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        return found

    def header(self, name: str) -> str:
        lines = [line.partition(":") for line in self.head.splitlines()[1:]]
        return ", ".join(value.strip() for key, _, value in lines if key.lower() == name)

    def headers(self, name: str) -> list[str]:
        lines = [line.partition(":") for line in self.head.splitlines()[1:]]
        return [value.strip() for key, _, value in lines if key.lower() == name]


def connect(server: Emulator) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def send(connection: socket.socket, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> None:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def receive(connection: socket.socket, patience: float = 20) -> Seen:
    """Read until the connection ends, or until nothing comes for as long as the patience lasts."""
    seen, begun = Seen(), time.monotonic()
    connection.settimeout(patience)
    try:
        while block := connection.recv(65_536):
            seen.data += block
            seen.moments.append(time.monotonic() - begun)
        seen.end = "eof"
    except ConnectionResetError:
        seen.end = "reset"
    except TimeoutError:
        seen.end = "open"
    return seen


def exchange(
    server: Emulator, method: str, path: str, headers: dict[str, str], body: bytes = b"", patience: float = 0.3
) -> Seen:
    with connect(server) as connection:
        send(connection, method, path, headers, body)
        return receive(connection, patience)
