"""Download a file with a bare loop over urllib3, under a temporary name first.

A second thread works out its MD5 or CRC-32 when asked. Usage: download_bare.py URL PATH TARGET SIZE [md5|crc]
"""

import hashlib
import queue
import sys
import threading
import zlib
from pathlib import Path

import urllib3
from transfer import measured

url, path, target, size = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
kind = sys.argv[5] if sys.argv[5:] else ""
pool = urllib3.PoolManager()
pool.request("GET", f"{url}/data/version")
digest = hashlib.md5()
waiting: "queue.Queue[bytes | None]" = queue.Queue(8)


def hash_all() -> None:
    """Hash what is put into the queue, up to None."""
    crc = 0
    while (piece := waiting.get()) is not None:
        if kind == "md5":
            digest.update(piece)
        else:
            crc = zlib.crc32(piece, crc)


hashing = threading.Thread(target=hash_all) if kind else None
target.mkdir()
with measured(target, size):
    if hashing:
        hashing.start()
    reply = pool.request("GET", url + path, preload_content=False)
    if reply.status != 200:
        sys.exit(f"{path} answered {reply.status}")
    with (target / "big.part").open("wb") as stream:
        for piece in reply.stream(1 << 20, decode_content=False):
            stream.write(piece)
            if hashing:
                waiting.put(piece)
    if hashing:
        waiting.put(None)
        hashing.join()
        digest.hexdigest()
    (target / "big.part").rename(target / "big")
