"""Download a zip archive with xnatctl: all files of a resource.

Usage: download_xnatctl.py URL PATH TARGET SIZE
"""

import sys
from pathlib import Path

from transfer import measured
from xnatctl.core.client import XNATClient

url, path, target, size = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
with XNATClient(url, username="admin", password="admin") as client:
    downloads = client.downloads
    target.mkdir()
    with measured(target, size):
        downloads.download_resource(path.split("/")[3], "DICOM", target, scan_id="1")
