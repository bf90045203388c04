"""Download a file into nowhere with http.client, 1 MiB at a time, and say how long it took.

Usage: download_file.py HOST:PORT PATH COOKIE
"""

import http.client
import json
import sys
import time

host, path, cookie = sys.argv[1:]
connection = http.client.HTTPConnection(host)
buffer = memoryview(bytearray(1 << 20))
size = 0
start = time.perf_counter()
connection.request("GET", path, headers={"Cookie": cookie})
reply = connection.getresponse()
while count := reply.readinto(buffer):
    size += count
seconds = time.perf_counter() - start
if reply.status != 200:
    sys.exit(f"{path} answered {reply.status}")
print(json.dumps({"seconds": seconds, "bytes": size}))
