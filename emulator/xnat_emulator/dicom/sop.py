"""Which data types the storage classes and modalities of a study make (dicom-import sections 2 and 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

_STORAGE = "1.2.840.10008.5.1.4.1.1."

_SCANS: Mapping[str, str] = {
    "mr": "4 4.1 4.3",
    "pet": "128 130",
    "ct": "2 2.1",
    "xa": "12.1 13.1.1",
    "us": "6.1 3.1",
    "cr": "1",
    "dx": "1.1 1.1.1",
    "mg": "1.2 1.2.1",
    "nm": "20",
    "opt": "77.1.5.4",
    "rtImage": "481.1 481.2 481.3 481.4 481.5 481.6 481.7 481.8 481.9",
    "sr": "88.11 88.22 88.33 88.50 88.65 88.67 88.69 88.70",
    "seg": "66.4",
    "sc": "7",
    "rf": "12.2",
    "sm": "77.1.6",
    "gm": "77.1.2",
    "ecg": "9.1.1 9.1.3",
    "dms": "77.1.7",
    "cfm": "77.1.8 77.1.9",
    "pa": "6.3",
    "emg": "9.7.2",
    "eog": "9.7.3",
    "resp": "9.6.1 9.6.2",
    "pos": "9.8.1",
    "eeg": "9.7.1 9.7.4",
    "ann": "91.1",
    "obj": "104.3 104.4",
}
"""Scan type without its frame -> storage classes, the ends of their UIDs (dicom-import 17)."""

_CSA_NON_IMAGE = "1.3.12.2.1107.5.9.1"

SCAN_OF: Mapping[str, str] = {
    **{_STORAGE + end: name for name, ends in _SCANS.items() for end in ends.split()},
    _CSA_NON_IMAGE: "otherDicom",
}
"""Storage class -> scan type; any other class makes ``otherDicom`` scans and no session."""

_SESSION_OTHERWISE = {"rtImage": "", "sr": "", "seg": "", "sc": "", "rf": "", "ann": "otherDicom", "otherDicom": ""}
_SESSION_EXCEPTIONS = {"88.11": "sr", "88.22": "sr", "481.1": "rt", "481.2": "rt"}

SESSION_OF: Mapping[str, str] = {
    uid: session
    for uid, scan in SCAN_OF.items()
    if (session := _SESSION_EXCEPTIONS.get(uid.removeprefix(_STORAGE), _SESSION_OTHERWISE.get(scan, scan)))
}
"""Storage class -> session type; the classes of reports, plans and captures make none of their own."""


def _names(text: str) -> list[str]:
    return text.split()


_SESSION_ORDER = _names(
    "pet mr ct xa us rtImage cr opt mg dx nm sr sm gm rf es rg dms cfm pa ecg emg eog resp pos obj eeg otherDicom"
)
_SCAN_ORDER = _names(
    "pet mr ct xa us rtImage cr opt mg dx nm sr seg sc sm gm rf es rg dms cfm pa ecg ann emg eog resp pos obj mtl eeg "
    "otherDicom"
)
_MODALITY_ORDER = _names(
    "PT MR CT XA US RT CR OPT MG DX NM EEG ECG EMG EOG IVUS SM GM RF ES XC RG DMS CFM PA RESP POS OBJ OT SR SC ANN"
)
_BY_MODALITY = {
    **{name: name.lower() for name in _MODALITY_ORDER if name not in {"IVUS", "ANN"}},
    "PT": "pet",
    "OT": "otherDicom",
    "SC": "otherDicom",
}

_PRIMARY = (
    "2 4 128 2.1 4.1 130 1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 20 6.1 3.1 12.1 13.1.1 13.1.2 12.2 13.1.3 481.1 481.2 "
    "77.1.5.4 77.1.5.1 77.1.5.2 88.11 88.22 9.1.1 9.1.2 9.1.3 9.2.1 9.3.1 9.7.2 9.7.3 9.6.1 9.6.2 9.8.1 77.1.6 77.1.2 "
    "77.1.3 77.1.1.1 77.1.2.1 77.1.4.1 77.1.7 77.1.8 77.1.9 6.3 91.1 104.3 104.4 104.5"
)
PRIMARY = frozenset(_STORAGE + end for end in _PRIMARY.split())
"""Storage classes whose files lie in resource ``DICOM``; those of all others lie in ``secondary`` (dicom-import 45)."""

MR_CLASSES = frozenset(_STORAGE + end for end in ("4", "4.1"))
PET_CLASSES = frozenset(_STORAGE + end for end in ("128", "130"))


def scan_type(classes: Iterable[str]) -> str:
    """Return the type of a scan with files of some storage classes (dicom-import 18)."""
    names = {SCAN_OF.get(uid, "otherDicom") for uid in classes}
    return f"xnat:{_first(_SCAN_ORDER, names) or 'otherDicom'}ScanData"


def session_type(classes: Iterable[str], modalities: Iterable[str], petmr: str = "") -> str | None:
    """Return the type of a session, None when none can be made of its files (dicom-import 15 to 19).

    Args:
        classes: Storage classes of all files.
        modalities: Modalities of all files.
        petmr: What the site or the project does with PET and MR in one study: ``petmr``, ``pet`` or ``separate``.
    """
    found = set(classes)
    if found & PET_CLASSES and found & MR_CLASSES:
        return "xnat:petSessionData" if petmr == "pet" else "xnat:petmrSessionData"
    by_class = _first(_SESSION_ORDER, {SESSION_OF[uid] for uid in found if uid in SESSION_OF})
    lead = _first(_MODALITY_ORDER, set(modalities))
    default = "otherDicom" if found & SCAN_OF.keys() else ""
    name = by_class or _BY_MODALITY.get(lead, "") or default
    return f"xnat:{name}SessionData" if name else None


def lead_modality(modalities: Iterable[str]) -> str:
    """Return the modality that stands for a series, ``OT`` when none is known (dicom-import 31)."""
    return _first(_MODALITY_ORDER, set(modalities)) or "OT"


def _first(order: list[str], names: set[str]) -> str:
    return next((name for name in order if name in names), "")
