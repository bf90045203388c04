"""Download a file of a resource with pyxnat; it compares nothing.

Usage: download_pyxnat.py URL PATH TARGET SIZE
"""

import sys
from pathlib import Path

import pyxnat
from transfer import measured

url, path, target, size = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4])
with pyxnat.Interface(server=url, user="admin", password="admin") as session:
    scan = session.select("/projects/BENCH/subjects/S/experiments/E/scans/1")
    file = scan.resource("DICOM").file(path.rpartition("/")[2])
    target.mkdir()
    with measured(target, size):
        file.get(str(target / "big"))
