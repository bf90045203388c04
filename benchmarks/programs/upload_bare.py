"""Upload a file, or a folder as an ustar stream, with http.client in blocks of 1 MiB; hash beside it when asked.

Usage: upload_bare.py URL RESOURCE SOURCE [md5]
"""

import hashlib
import http.client
import queue
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from transfer import reset, sending

url, resource, source, hashes = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:] == ["md5"]
BLOCK = 1 << 20
waiting: "queue.Queue[bytes | None]" = queue.Queue(4)
digest = hashlib.md5()


def hash_all() -> None:
    """Hash what is put into the queue, up to None."""
    while (piece := waiting.get()) is not None:
        digest.update(piece)


def blocks() -> Iterator[bytes]:
    """Yield the file, hashed in a second thread when asked."""
    hashing = threading.Thread(target=hash_all)
    hashing.start()
    with source.open("rb", buffering=0) as stream:
        while piece := stream.read(BLOCK):
            if hashes:
                waiting.put(piece)
            yield piece
    waiting.put(None)
    hashing.join()


def members() -> Iterator[bytes]:
    """Yield the folder as an archive, collected into blocks."""
    kept = bytearray()
    for path, name, size in files:
        info = tarfile.TarInfo(name)
        info.size = size
        content = path.read_bytes()
        if hashes:
            hashlib.md5(content).hexdigest()
        kept += info.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-size % 512)
        if len(kept) >= BLOCK:
            yield bytes(kept)
            kept.clear()
    yield bytes(kept) + bytes(1024)


reset(url)
connection = http.client.HTTPConnection(urlsplit(url).netloc, blocksize=BLOCK)
connection.connect()
with sending():
    headers = {"Content-Type": "application/octet-stream"}
    if source.is_dir():
        files = [(path, path.name, path.stat().st_size) for path in sorted(source.iterdir())]
        headers["Content-Length"] = str(sum(512 + size + -size % 512 for _, _, size in files) + 1024)
        connection.request("PUT", f"{resource}/files/x.tar?extract=true&inbody=true", members(), headers)
    else:
        headers["Content-Length"] = str(source.stat().st_size)
        connection.request("PUT", f"{resource}/files/{source.name}?inbody=true", blocks(), headers)
    if connection.getresponse().read():
        sys.exit("the upload was refused")
