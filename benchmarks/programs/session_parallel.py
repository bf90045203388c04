"""Download files with urllib3 on 8 connections: MD5 worked out, temporary names.

Usage: session_parallel.py URL TARGET SIZE PATH...
"""

import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import urllib3
from transfer import measured

url, target, size, paths = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
pool = urllib3.PoolManager(maxsize=8)
pool.request("GET", f"{url}/data/version")


def fetch(path: str) -> str:
    """Write one file and return its MD5."""
    place, digest = target / path.rpartition("/")[2], hashlib.md5()
    reply = pool.request("GET", url + path, preload_content=False)
    with open(f"{place}.part", "wb", buffering=0) as stream:  # noqa: PTH123 - as bare as can be
        for piece in reply.stream(1 << 20, decode_content=False):
            digest.update(piece)
            stream.write(piece)
    reply.release_conn()
    os.rename(f"{place}.part", place)  # noqa: PTH104 - as above
    return digest.hexdigest()


target.mkdir()
with ThreadPoolExecutor(8) as crew, measured(target, size):
    list(crew.map(fetch, paths))
