"""Read the first bytes of a file with xnatpy.

Usage: reading_xnatpy.py URL PATH BYTES
"""

import sys

import xnat
from reading import counted

url, count = sys.argv[1], int(sys.argv[3])
with xnat.connect(url, user="admin", password="admin") as session:
    file = session.projects["BENCH"].experiments["E"].scans["1"].files[0]
    with counted(url), file.open() as remote:
        assert len(remote.read(count)) == count
