"""Download a file with a bare loop over urllib3, under a temporary name first; hash it in a second thread when asked.

Usage: download_bare.py URL PATH TARGET SIZE [md5]
"""

import hashlib
import queue
import sys
import threading
from pathlib import Path

import urllib3
from transfer import measured

url, path, target, size = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
pool = urllib3.PoolManager()
pool.request("GET", f"{url}/data/version")
digest = hashlib.md5()
waiting: "queue.Queue[bytes | None]" = queue.Queue(8)


def hash_all() -> None:
    """Hash what is put into the queue, up to None."""
    while (piece := waiting.get()) is not None:
        digest.update(piece)


hashing = threading.Thread(target=hash_all) if sys.argv[5:] == ["md5"] else None
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
