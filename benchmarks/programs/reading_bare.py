"""Read the first bytes of a file with urllib3: a Range header, a small receive buffer, and the connection closed.

Usage: reading_bare.py URL PATH BYTES
"""

import socket
import sys

import urllib3
from reading import counted

url, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
pool = urllib3.HTTPConnectionPool(
    url.removeprefix("http://"), socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)]
)
with counted(url):
    reply = pool.request("GET", path, headers={"Range": f"bytes=0-{count - 1}"}, preload_content=False)
    assert len(reply.read(count)) == count
    reply.close()
