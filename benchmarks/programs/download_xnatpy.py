"""Download a file with xnatpy: a file of a resource (it compares the MD5), or a zip archive.

Usage: download_xnatpy.py URL PATH TARGET SIZE listed|zip
"""

import sys
from pathlib import Path

import xnat
from transfer import measured

url, path, target, size, kind = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
with xnat.connect(url, user="admin", password="admin") as session:
    file = session.projects["BENCH"].experiments["E"].scans["1"].files[0]
    target.mkdir()
    with measured(target, size):
        if kind == "zip":
            session.download_zip(path, str(target / "big"), verbose=False)
        else:
            file.download(str(target / "big"), verbose=False)
