"""The same list with bare urllib3 and ``json.loads``: seconds from the request to the first row on a terminal.

Usage: first_row_urllib3.py URL
"""

import json
import sys
import time

import urllib3
from screen import Screen

server = sys.argv[1]
pool = urllib3.PoolManager()
login = {"username": "admin", "password": "admin"}
reply = pool.request("PUT", f"{server}/data/services/auth", fields=login, encode_multipart=False)
cookie = {"Cookie": f"JSESSIONID={reply.data.decode()}"}
screen = Screen(lines_before=0)
sent = time.perf_counter()
reply = pool.request("GET", f"{server}/data/projects/sandbox/subjects?format=json", headers=cookie)
rows = json.loads(reply.data)["ResultSet"]["Result"]
for row in rows:
    print(row["label"], row["ID"], row["project"], row["insert_date"])
shown = screen.close()
pool.request("DELETE", f"{server}/data/JSESSION", headers=cookie)
print(json.dumps({"seconds": shown - sent}))
