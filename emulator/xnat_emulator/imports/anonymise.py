"""What a site that anonymises does to DICOM on its way in: names and UIDs are new, and so are all digests.

The map of UIDs is the same everywhere, so that the files of a study stay together over several uploads.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from ..dicom.headers import read_whole

if TYPE_CHECKING:
    from pydicom import Dataset

_NEW = ("InstanceUID", "FrameOfReferenceUID")
"""How the UIDs end that are replaced; those of classes and of transfer syntaxes stay."""
_FAILED = "unable to anonymise DICOM object"
_SALT = "site anonymisation"


def new_uid(uid: str) -> str:
    """Return the UID that stands for another one."""
    digest = hashlib.md5(f"{_SALT}/{uid}".encode(), usedforsecurity=False).digest()
    return f"2.25.{int.from_bytes(digest)}"


def anonymised(path: Path, subject: str, session: str) -> bytes:
    """Return a DICOM file under new UIDs, its patient named after the labels.

    Raises:
        ValueError: It cannot be read or written.
    """
    dataset = read_whole(path)
    if dataset is None:
        raise ValueError(_FAILED)
    try:
        return _changed(dataset, subject, session)
    except Exception:  # noqa: BLE001 - damaged files make the writer raise nearly anything; their values stay unsaid
        raise ValueError(_FAILED) from None


def _changed(dataset: Dataset, subject: str, session: str) -> bytes:
    dataset.walk(_replace)
    dataset.PatientName, dataset.PatientID = subject, session
    meta = getattr(dataset, "file_meta", None)
    if meta is not None and "MediaStorageSOPInstanceUID" in meta:
        meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    return buffer.getvalue()


def _replace(dataset: Dataset, element: object) -> None:
    keyword = str(getattr(element, "keyword", ""))
    if getattr(element, "VR", "") != "UI" or not keyword.endswith(_NEW):
        return
    if isinstance(value := dataset[keyword].value, str) and value:
        setattr(dataset, keyword, new_uid(str(value)))
