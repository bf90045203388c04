"""What workers run: a module of its own, so that every process can import it."""

from __future__ import annotations

import os
from pathlib import Path

from xnat_sdk.models import ImageSessionData, MrSessionData


def count(imaging: MrSessionData) -> list[object]:
    """Return the label, the number of files and the process that counted them."""
    return [imaging.label, sum(len(scan.files) for scan in imaging.scans), os.getpid()]


def stumble(imaging: ImageSessionData, folder: str, times: int) -> str:
    """Fail the first times that an imaging session comes by."""
    with (Path(folder) / str(imaging.id)).open("a") as stream:
        stream.write(".")
        fails = stream.tell() <= times
    if fails:
        msg = "a passing trouble"
        raise RuntimeError(msg)
    return imaging.label


def refuse(imaging: ImageSessionData) -> str:
    """Fail for one of them."""
    if imaging.label == "test001_MR":
        msg = "no such thing"
        raise LookupError(msg)
    return imaging.label
