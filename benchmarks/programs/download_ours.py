"""Download a file with xnat-sdk: one path as it is, a file of a resource (compared with its MD5), or a zip archive.

Usage: download_ours.py URL PATH TARGET SIZE file|listed|zip
"""

import sys
from pathlib import Path

from transfer import measured

from xnat_runtime import archives, downloads  # noqa: F401 - imported before the clock starts
from xnat_sdk import connect

url, path, target, size, kind = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
with connect(url, user="admin", password="admin") as session:
    session.get_json("/data/projects")
    listed = session.projects["BENCH"].sessions["E"].scans["1"].files[0] if kind == "listed" else None
    digest = listed.digest if listed else None
    target.mkdir()
    with measured(target, size):
        if kind == "zip":
            session.download_zip(path, target / "big")
        elif listed is not None:
            assert listed.download(target / "big").verified == "md5"
        else:
            session.download(path, target / "big")
