"""Upload a file or a folder with pyxnat; a folder becomes a temporary archive.

Usage: upload_pyxnat.py URL RESOURCE SOURCE
"""

import sys
from pathlib import Path

import pyxnat
from transfer import reset, sending

url, source = sys.argv[1], Path(sys.argv[3])
with pyxnat.Interface(server=url, user="admin", password="admin") as session:
    resource = session.select("/projects/BENCH/subjects/S/experiments/E/resource/UP")
    reset(url)
    with sending():
        if source.is_dir():
            resource.put_dir(str(source))
        else:
            resource.file(source.name).put(str(source))
