"""Read the first bytes of a file with pyxnat, which has to download all of it.

Usage: reading_pyxnat.py URL PATH BYTES
"""

import sys
import tempfile
from pathlib import Path

import pyxnat
from reading import counted

url, path, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with pyxnat.Interface(server=url, user="admin", password="admin") as session, tempfile.TemporaryDirectory() as folder:
    scan = session.select("/projects/BENCH/subjects/S/experiments/E/scans/1")
    file = scan.resource("DICOM").file(path.rpartition("/")[2])
    with counted(url):
        file.get(f"{folder}/big")
        with Path(folder, "big").open("rb") as stream:
            assert len(stream.read(count)) == count
