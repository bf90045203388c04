"""One transfer in a process of its own, to be killed in the middle of it.

Usage: transfer_child.py download|upload URL FOLDER STRATEGY STATE
"""

import sys
from pathlib import Path
from typing import cast

from xnat_runtime.transfers.options import Strategy, TransferOptions
from xnat_sdk import connect

kind, url, folder, strategy, state = sys.argv[1:]
options = TransferOptions(strategy=cast("Strategy", strategy))
with connect(url, user="admin", password="admin") as session:
    imaging = session.projects["KILLS"].sessions["E"]
    resource = imaging.resources["UP"] if kind == "upload" else None
    print("ready", flush=True)
    if resource is not None:
        report = resource.upload_dir(Path(folder), state=state, options=options)
    else:
        report = imaging.download_dir(Path(folder), options=options)
    print(f"done {len(report.moved)} {len(report.skipped)}", flush=True)
