"""Read the first bytes of a file with xnat-sdk, in pieces when asked.

Usage: reading_ours.py URL PATH BYTES [PIECE]
"""

import sys

from reading import counted

from xnat_sdk import connect

url, count = sys.argv[1], int(sys.argv[3])
piece = int(sys.argv[4]) if sys.argv[4:] else count
with connect(url, user="admin", password="admin") as session:
    file = session.projects["BENCH"].sessions["E"].scans["1"].files[0]
    with counted(url), file.open() as remote:
        assert sum(len(remote.read(piece)) for _ in range(0, count, piece)) == count
