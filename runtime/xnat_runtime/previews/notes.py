"""What headers say about patients who can be recognized in the pixels (PS3.3 C.7.6.1.1.5, C.7.6.1.1.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydicom import Dataset

_BURNED_IN: Final = "The header says that text is burned into the pixels (BurnedInAnnotation)."
_RECOGNIZABLE: Final = "The header says that the patient can be recognized (RecognizableVisualFeatures)."
_SILENT: Final = (
    "The header does not say whether text is burned into the pixels, which is common in images of this kind."
)
# Modalities whose images often carry text: ultrasound, endoscopy, photographs, digitized and captured pictures.
_OFTEN_WRITTEN_ON: Final = frozenset({"DMS", "DG", "ES", "GM", "IVUS", "OT", "RF", "SC", "SM", "US", "XA", "XC"})
_SECONDARY_CAPTURE: Final = "1.2.840.10008.5.1.4.1.1.7"


def burned_in(datasets: Sequence[Dataset]) -> bool | None:
    """Returns whether a header says that there is text in the pixels; None where not all of them say anything."""
    said = [str(dataset.get("BurnedInAnnotation") or "").upper() for dataset in datasets]
    return True if "YES" in said else False if all(each == "NO" for each in said) else None


def warnings_of(datasets: Sequence[Dataset]) -> list[str]:
    """Returns what headers warn of."""
    recognizable = any(str(each.get("RecognizableVisualFeatures") or "").upper() == "YES" for each in datasets)
    return [*([_BURNED_IN] if burned_in(datasets) else []), *([_RECOGNIZABLE] if recognizable else [])]


def remarks_of(datasets: Sequence[Dataset], left_out: int) -> list[str]:
    """Returns what headers leave open, and how many files are no images."""
    silent = burned_in(datasets) is None and any(_is_often_written_on(dataset) for dataset in datasets)
    files = (
        "1 file that was read has no pixels." if left_out == 1 else f"{left_out} files that were read have no pixels."
    )
    return [*([_SILENT] if silent else []), *([files] if left_out else [])]


def _is_often_written_on(dataset: Dataset) -> bool:
    is_capture = str(dataset.get("SOPClassUID") or "").startswith(_SECONDARY_CAPTURE)
    is_silent = str(dataset.get("BurnedInAnnotation") or "").upper() not in {"YES", "NO"}
    return is_silent and (is_capture or str(dataset.get("Modality") or "") in _OFTEN_WRITTEN_ON)
