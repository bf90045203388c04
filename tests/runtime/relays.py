"""Between a client and the embedded server: a reverse proxy, with TLS and a context path, and a forward proxy."""

from __future__ import annotations

import http.client
import http.server
import select
import socket
import socketserver
import ssl
import threading
from urllib.parse import urlsplit

_OWN = {"connection", "transfer-encoding", "keep-alive", "date", "server", "content-length"}


class Relay:
    """A reverse proxy in a thread: what lies below `prefix` is asked of another server; the rest is 404."""

    def __init__(self, target: str, *, prefix: str = "", context: ssl.SSLContext | None = None) -> None:
        self.headers: list[dict[str, str]] = []
        handler = type("_Handler", (_Forwarder,), {"relay": self, "target": urlsplit(target).netloc, "prefix": prefix})
        self._listener = _Listener(("127.0.0.1", 0), handler)
        if context:
            self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True)
        self.port = self._listener.server_port
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}{prefix}"
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()


class _Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass


class _Forwarder(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    relay: Relay
    target: str
    prefix: str

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.relay.headers.append({name.lower(): value for name, value in self.headers.items()})
        if not self.path.startswith(f"{self.prefix}/"):
            self._reply(404, [], b"")
            return
        upstream = http.client.HTTPConnection(self.target)
        upstream.request(self.command, self.path.removeprefix(self.prefix), body, dict(self.headers.items()))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self._reply(answer.status, [pair for pair in answer.getheaders() if pair[0].lower() not in _OWN], content)

    def _reply(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _forward  # noqa: N815 - the names that http.server looks for

    def log_message(self, format: str, *args: object) -> None:
        pass


class ForwardProxy:
    """A proxy in a thread that tunnels with CONNECT and keeps what it saw."""

    def __init__(self) -> None:
        self.tunnels: list[str] = []
        self.heads: list[bytes] = []
        self.passed = bytearray()
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                proxy.serve(self.connection)

        self._listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._listener.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._listener.server_address[1]}"
        threading.Thread(target=self._listener.serve_forever, args=(0.01,), daemon=True).start()

    def serve(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = client.recv(4096)
            if not piece:
                return
            head += piece
        place = head.split()[1].decode()
        self.heads.append(head)
        self.tunnels.append(place)
        host, _, port = place.rpartition(":")
        with socket.create_connection((host, int(port))) as upstream:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._tunnel(client, upstream)

    def _tunnel(self, client: socket.socket, upstream: socket.socket) -> None:
        other = {client: upstream, upstream: client}
        while True:
            for ready in select.select([client, upstream], [], [])[0]:
                try:
                    piece = ready.recv(65536)
                except OSError:
                    return
                if not piece:
                    return
                self.passed += piece
                other[ready].sendall(piece)

    def close(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()
