"""Download the scans of an imaging session to a folder with pyxnat; the archive is removed, which it keeps.

Usage: session_pyxnat.py URL TARGET SIZE
"""

import sys
from pathlib import Path

import pyxnat
from transfer import measured

url, target, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
with pyxnat.Interface(server=url, user="admin", password="admin") as session:
    imaging = session.select("/projects/BENCH/subjects/S/experiments/E")
    target.mkdir()
    with measured(target, size):
        imaging.scans().download(str(target), type="ALL", extract=True)
        for archive in target.glob("*.zip"):
            archive.unlink()
