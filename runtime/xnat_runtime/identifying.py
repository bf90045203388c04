"""Which values may identify a patient: the table that decides what notebooks leave out unless they are asked.

A value is shown when a stock schema declares its field and neither the field nor a structure around it stands in
`HIDDEN`. What nobody has looked at is hidden: fields of a plugin's own types, columns that a server adds, display
fields that show no schema field, custom variables, custom fields and custom forms.

Labels, IDs and file names are shown although a site can put a name into them: they are what people find things by.
So are the dates of sessions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from .collections import plain_path
from .display import displays
from .fields import Nested, ScalarField

if TYPE_CHECKING:
    from .fields import Member
    from .item import Item

HIDDEN: Final[Mapping[str, str]] = {
    # From the DICOM header of a session (dicom-import, table of session fields)
    "dcmPatientName": "the patient's name",
    "dcmPatientId": "the patient's number in the hospital",
    "dcmPatientBirthDate": "the patient's birthday",
    "dcmPatientWeight": "a measure of the patient's body",
    "dcmAccessionNumber": "finds the study in the hospital's systems",
    "study_id": "finds the study in the hospital's systems",
    "UID": "finds the study or series in every archive that has it",
    "sop_instance_UID": "finds the image in every archive that has it",
    "fileNameUUID": "finds the file in the archive that it came from",
    "originalFileName": "file names of scanners hold names and numbers of patients",
    "patientName": "the patient's name",
    "patientID": "the patient's number in the hospital",
    # Of a subject
    "initials": "of the patient's name",
    "addID": "the subject's numbers elsewhere",
    "src": "where the subject comes from, in free words",
    "demographics": "birthday, gender, height, education and more, which together are like a name",
    "age": "of the patient, at the time of the session",
    "blood_glucose": "a measure of the patient's body",
    # Free words, in which anything can stand
    "note": "free words",
    "notes": "free words",
    "comment": "free words",
    "comments": "free words",
    "protocolComments": "free words",
    "annotation": "free words",
    "condition": "free words",
    "conditions": "free words",
    "documentation": "free words",
    "incidentalFindings": "free words about the patient",
    "original": "free words",
    "otherImageArtifacts": "free words",
    "pastSympomaticDetails": "free words about the patient",
    "problem": "free words about the patient",
    "inventory": "free words about the patient",
    "qcOutcomeReason": "free words",
    "reasonFramesUnacceptable": "free words",
    "requestedProcedureDescription": "free words about the patient",
    "details": "free words",
    "justification": "free words",
    # What a site adds
    "custom_fields": "whatever the site keeps there",
    "fields": "custom variables: whatever the site keeps there",
    "addParam": "elements of DICOM headers that the site has chosen",
    # Of a received session: before archiving these are what the header says (dicom-import 16)
    "subject": "the patient's name, until the session is archived",
    "tag": "finds the study in every archive that has it",
}
"""Field or structure -> why it is hidden."""

LOOKED_AT: Final = frozenset({"xnat", "xnat_a", "scr", "val", "cat", "prov", "wrk", "xdat"})
"""Prefixes of the schemas whose fields this table was made for; the fields of others are hidden."""

_FOLDED: Final = frozenset(name.casefold() for name in HIDDEN)
_STEP: Final = re.compile(r"[/\[=\]]")
# Display fields that show no schema field: labels and IDs of XNAT, days of sessions, numbers of things.
_HARMLESS: Final = re.compile(r"(?:\w*_)?(?:LABEL|DATE)|(?:\w*_)?COUNT(?:_\w+)?|(?:SUBJECT|SESSION|EXPT)_ID|PROJECTS?")


def is_hidden(item_class: type[Item], path: str) -> bool:
    """Returns whether the values of a field are left out unless asked for.

    Args:
        item_class: The class of the object that has it.
        path: Schema path below its type, or the id of a display field after the type and a dot.
    """
    if path.startswith(f"{item_class.xsi_type}."):
        return _is_hidden_display(item_class, path[len(item_class.xsi_type) + 1 :])
    plain = plain_path(path)
    if any(step.casefold() in _FOLDED for step in _STEP.split(plain)):
        return True
    found = declared(item_class, plain)
    return found is None or found[-1].prefix not in LOOKED_AT


def _is_hidden_display(item_class: type[Item], identifier: str) -> bool:
    name, _, value = identifier.partition("=")
    is_known = item_class.xsi_type.partition(":")[0] in LOOKED_AT
    if value:
        return not is_known or not _HARMLESS.fullmatch(name)
    found = next((shown[name] for base in item_class.__mro__ if name in (shown := displays(base))), None)
    if found is None:
        return True
    return is_hidden(item_class, found.path) if found.path else not is_known or not _HARMLESS.fullmatch(name)


def declared(item_class: type[Item], path: str) -> list[Member] | None:
    """Returns the fields that lead to a path, the structure before the field in it; None when no schema has it."""
    for member in item_class.__xnat_members__().values():
        if isinstance(member, ScalarField):
            if member.path == path:
                return [member]
        elif path == member.path or path.startswith(f"{member.path}/"):
            structure = member.structure()
            if structure is not None and isinstance(member, Nested):
                below = declared(structure, path[len(member.path) + 1 :])
                if below is not None:
                    return [member, *below]
    return None


def python_name(item_class: type[Item], path: str) -> str:
    """Returns what one types behind an object to read a field, such as ``demographics.dob``; else the path itself."""
    if path.startswith(f"{item_class.xsi_type}."):
        return path[len(item_class.xsi_type) + 1 :]
    found = declared(item_class, plain_path(path))
    return path if found is None else ".".join(member.name for member in found)
