"""List the subjects of a project and read ID and label of each: urllib3 and json.loads."""

import json
import sys
import time

import urllib3
from own_cost import report

server = sys.argv[1]
pool = urllib3.PoolManager()
login = {"username": "admin", "password": "admin"}
reply = pool.request("PUT", f"{server}/data/services/auth", fields=login, encode_multipart=False)
cookie = {"Cookie": f"JSESSIONID={reply.data.decode()}"}
start = time.perf_counter()
reply = pool.request("GET", f"{server}/data/projects/sandbox/subjects?format=json", headers=cookie)
subjects = 0
for row in json.loads(reply.data)["ResultSet"]["Result"]:
    subjects += bool(row["ID"] and row["label"])
report(start, subjects)
pool.request("DELETE", f"{server}/data/JSESSION", headers=cookie)
