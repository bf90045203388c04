"""Connect, list the projects, leave: as little as urllib3 needs."""

import json
import sys

import urllib3

server = sys.argv[1]
pool = urllib3.PoolManager()
login = {"username": "admin", "password": "admin"}
reply = pool.request("PUT", f"{server}/data/services/auth", fields=login, encode_multipart=False)
cookie = {"Cookie": f"JSESSIONID={reply.data.decode()}"}
reply = pool.request("GET", f"{server}/data/projects?format=json", headers=cookie)
print([row["ID"] for row in json.loads(reply.data)["ResultSet"]["Result"]])
pool.request("DELETE", f"{server}/data/JSESSION", headers=cookie)
