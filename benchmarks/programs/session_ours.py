"""Download the scans of an imaging session to a folder with xnat-sdk, compared with the server's MD5s.

Usage: session_ours.py URL TARGET SIZE
"""

import sys
from pathlib import Path

from transfer import measured

from xnat_runtime.transfers import archive_download, download_item, file_download, source_download  # noqa: F401 - imported before the clock starts
from xnat_sdk import connect

url, target, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
with connect(url, user="admin", password="admin") as session:
    imaging = session.projects["BENCH"].sessions["E"]
    label = imaging.label
    target.mkdir()
    with measured(target, size):
        assert imaging.download_dir(target).verified == "md5"
