"""Download the scans of an imaging session to a folder with xnatctl, as ``session download --extract`` does.

Usage: session_xnatctl.py URL SESSION TARGET SIZE
"""

import sys
from pathlib import Path

from transfer import measured
from xnatctl.core.client import XNATClient
from xnatctl.services.zip_extract import extract_session_zips

url, session, target, size = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
with XNATClient(url, username="admin", password="admin") as client:
    downloads = client.downloads
    target.mkdir()
    with measured(target, size):
        downloads.download_session_archive(
            session_project="BENCH", subject="S", resolved_session_id=session, session_dir=target
        )
        extract_session_zips(target)
