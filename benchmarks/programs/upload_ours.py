"""Upload a file or a folder with xnat-sdk, compared with the server's table unless told otherwise.

Usage: upload_ours.py URL RESOURCE SOURCE [bare]
"""

import sys
from pathlib import Path

from transfer import reset, sending

from xnat_runtime.transfers import upload, upload_one  # noqa: F401 - imported before the clock starts
from xnat_runtime.transfers.options import TransferOptions
from xnat_sdk import connect

url, source, verify = sys.argv[1], Path(sys.argv[3]), sys.argv[4:] != ["bare"]
with connect(url, user="admin", password="admin") as session:
    resource = session.projects["BENCH"].sessions["E"].resources["UP"]
    uri = resource.uri
    reset(url)
    with sending():
        if source.is_dir():
            resource.upload_dir(source, options=TransferOptions(verify=verify))
        else:
            resource.upload(source, options=TransferOptions(verify=verify))
