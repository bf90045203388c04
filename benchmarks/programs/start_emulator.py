"""Start an empty emulator twice, the second time with everything imported, and reset it."""

from __future__ import annotations

import json
import time

import xnat_emulator

with xnat_emulator.start():
    pass
begun = time.perf_counter()
with xnat_emulator.start() as server:
    started = time.perf_counter()
    server.reset()
    done = time.perf_counter()
print(json.dumps({"start": started - begun, "reset": done - started}))
