"""Upload a file or a folder with xnatctl, as ``resource upload`` does; a folder becomes a temporary archive.

Usage: upload_xnatctl.py URL RESOURCE SOURCE
"""

import sys
from pathlib import Path

from transfer import reset, sending
from xnatctl.core.client import XNATClient

url, source = sys.argv[1], Path(sys.argv[3])
with XNATClient(url, username="admin", password="admin") as client:
    session = client.get_json("/data/projects/BENCH/experiments")["ResultSet"]["Result"][0]["ID"]
    uploads = client.uploads
    reset(url)
    with sending():
        uploads.upload_resource(session, "UP", source)
