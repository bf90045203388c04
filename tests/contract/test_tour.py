"""The tour that `make demo` runs: it ends well and shows what it promises."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import xnat_emulator

TOUR = Path(__file__).parents[2] / "examples" / "tour.py"


def test_the_tour_shows_every_part():
    with xnat_emulator.start(demo=True) as server:
        command = [sys.executable, str(TOUR), server.url, server.user, server.password]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stderr == ""
    assert done.returncode == 0
    shown = done.stdout
    assert re.search(r"^sandbox: Sandbox project$", shown, re.M)
    assert re.search(r"^      scan \S+: \S+, usable$", shown, re.M)
    assert re.search(r"TR \d+\.\d+ ms, TE \d+\.\d+ ms", shown)
    assert re.search(r"scans/\S+/resources/DICOM/files/\S+\.dcm  [\d,]+ bytes  md5 [0-9a-f]{32}$", shown, re.M)
    assert re.search(r"checks/notes\.txt: 17 bytes, verified by md5: 'Checked by hand\.\\n'$", shown, re.M)
    assert re.search(r"^  MR, \S.*, series \d+, \d+ x \d+$", shown, re.M)
