"""Download the scans of an imaging session to a folder with xnatpy.

Usage: session_xnatpy.py URL TARGET SIZE
"""

import sys
from pathlib import Path

import xnat
from transfer import measured

url, target, size = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
with xnat.connect(url, user="admin", password="admin") as session:
    imaging = session.projects["BENCH"].experiments["E"]
    target.mkdir()
    with measured(target, size):
        imaging.download_dir(str(target), verbose=False)
