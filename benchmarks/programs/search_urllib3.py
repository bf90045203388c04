"""Search for the subjects of a project and read ID and label of each: urllib3 and json.loads."""

import json
import sys
import time

import urllib3

FIELD = (
    "<xdat:search_field><xdat:element_name>xnat:subjectData</xdat:element_name><xdat:field_ID>{name}</xdat:field_ID>"
    "<xdat:sequence>{number}</xdat:sequence><xdat:type>string</xdat:type></xdat:search_field>"
)
CONDITION = (
    '<xdat:search_where method="AND"><xdat:criteria override_value_formatting="0">'
    "<xdat:schema_field>xnat:subjectData/project</xdat:schema_field><xdat:comparison_type>=</xdat:comparison_type>"
    "<xdat:value>sandbox</xdat:value></xdat:criteria></xdat:search_where>"
)
NAMES = ("SUBJECTID", "PROJECT", "SUBJECT_LABEL")
FIELDS = "".join(FIELD.format(name=name, number=number) for number, name in enumerate(NAMES))
BODY = (
    '<xdat:bundle xmlns:xdat="http://nrg.wustl.edu/security">'
    f"<xdat:root_element_name>xnat:subjectData</xdat:root_element_name>{FIELDS}{CONDITION}</xdat:bundle>"
)

server = sys.argv[1]
pool = urllib3.PoolManager()
login = {"username": "admin", "password": "admin"}
reply = pool.request("PUT", f"{server}/data/services/auth", fields=login, encode_multipart=False)
cookie = {"Cookie": f"JSESSIONID={reply.data.decode()}"}
before = json.loads(pool.request("GET", f"{server}/stub/requests").data)
start = time.perf_counter()
reply = pool.request("POST", f"{server}/data/search?format=json", body=BODY, headers=cookie)
subjects = 0
for row in json.loads(reply.data)["ResultSet"]["Result"]:
    subjects += bool(row["subjectid"] and row["subject_label"])
seconds = time.perf_counter() - start
after = json.loads(pool.request("GET", f"{server}/stub/requests").data)
print(json.dumps({"seconds": seconds, "subjects": subjects, "requests": after - before}))
pool.request("DELETE", f"{server}/data/JSESSION", headers=cookie)
