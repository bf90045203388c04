"""Upload a file or a folder with xnatpy, as it does by default.

Usage: upload_xnatpy.py URL RESOURCE SOURCE
"""

import sys
from pathlib import Path

import xnat
from transfer import reset, sending

url, source = sys.argv[1], Path(sys.argv[3])
with xnat.connect(url, user="admin", password="admin") as session:
    resource = session.projects["BENCH"].experiments["E"].resources["UP"]
    reset(url)
    with sending():
        if source.is_dir():
            resource.upload_dir(str(source))
        else:
            resource.upload(str(source), source.name)
