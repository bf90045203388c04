"""Odd and damaged DICOM, and many imports at once: what is no object is refused, nothing falls into a 500."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydicom import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from .conftest import log_in
from .importing import Importer
from .imports_dicom import ENHANCED_MR, encode, header, make

UID = "8.1.1"


def written(syntax: str) -> bytes:
    """Return an object in a transfer syntax."""
    source = header(study=UID)
    made = Dataset()
    made.update(source)
    made.file_meta, made.preamble = source.file_meta, b"\0" * 128
    made.file_meta.TransferSyntaxUID = syntax
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def pixels() -> bytes:
    """Return an object with signed pixels of 16 bits."""
    made = header(study=UID, Rows=4, Columns=4, BitsAllocated=16, BitsStored=16, HighBit=15, PixelRepresentation=1)
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, "MONOCHROME2"
    made.add_new("PixelData", "OW", b"\xff\x7f" * 16)
    return encode(made)


def private() -> bytes:
    """Return an object with a large private sequence."""
    made = header(study=UID)
    items = [Dataset() for _ in range(2000)]
    for item in items:
        item.PatientComments = "y" * 500
    made.private_block(0x0029, "LARGE", create=True).add_new(0x10, "SQ", items)
    return encode(made)


def spelt(name: str, charset: object) -> bytes:
    """Return an object whose patient has a name in another script."""
    made = header(study=UID, PatientID="I1")
    made.SpecificCharacterSet = charset
    made.PatientName = name
    return encode(made)


GOOD: dict[str, Callable[[], bytes]] = {
    "implicit": lambda: written(ImplicitVRLittleEndian),
    "deflated": lambda: written(DeflatedExplicitVRLittleEndian),
    "big-endian": lambda: written(ExplicitVRBigEndian),
    "no-preamble": lambda: make(study=UID)[132:],
    "signed-pixels": pixels,
    "truncated-pixels": lambda: pixels()[:-10],
    "multi-frame": lambda: make(ENHANCED_MR, study=UID, NumberOfFrames=5),
    "private-sequence": private,
    "no-series-number": lambda: make(study=UID, series=f"{UID}.1", SeriesNumber=None),
    "no-instance-number": lambda: make(study=UID, InstanceNumber=None),
}
BAD: dict[str, Callable[[], bytes]] = {
    "truncated": lambda: make(study=UID)[:300],
    "zeros": lambda: b"\0" * 5000,
    "empty": lambda: b"",
    "text": lambda: b"Patient: nobody",
    "no-class": lambda: make(study=UID, SOPClassUID=None),
    "no-instance": lambda: make(study=UID, SOPInstanceUID=None),
}


@pytest.mark.parametrize("name", GOOD)
def test_odd_objects_are_imported(importer, emulator, name):
    data = GOOD[name]()
    uri = importer.archived({"a.dcm": data})
    fields = importer.client.fields(uri)
    assert (fields["UID"], fields["date"], fields["dcmPatientName"]) == (UID, "2006-12-14", "Sample Patient")
    (scan,) = importer.scans(uri)
    path = f"{uri}/scans/{scan['ID']}/resources/DICOM/files/a.dcm"
    assert importer.client.get(path).data == data
    assert importer.received(data, EXPT_LABEL="other")["tag"] == UID
    assert not emulator.site.crashes


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("handler", ["SI", "DICOM-zip"])
def test_damaged_objects_are_refused(importer, emulator, handler, name):
    response = importer.send({"a.dcm": BAD[name]()}, handler=handler, PROJECT_ID=importer.project)
    assert response.status == 400
    assert importer.rows() == []
    assert not emulator.site.crashes


@pytest.mark.parametrize("missing", ["SeriesInstanceUID", "StudyInstanceUID"])
def test_objects_without_series_or_study_make_a_session(importer, missing):
    made = header(study=UID)
    del made[missing]
    assert len(importer.scans(importer.archived({"a.dcm": encode(made)}))) == 1


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("Müller^Jörg", "ISO_IR 100"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "ISO_IR 192"),
        ("Yamada^Tarou=山田^太郎", ["", "ISO 2022 IR 87"]),
        ("\u041b\u044e\u043a", "ISO_IR 144"),
    ],
)
def test_names_in_other_scripts_come_through(importer, name, charset):
    uri = importer.archived({"a.dcm": spelt(name, charset)}, subject="S1")
    assert importer.client.fields(uri)["dcmPatientName"] == name


def test_eight_imports_of_one_new_session_make_one_row(emulator, importer):
    def upload(number):
        own = Importer(log_in(emulator), importer.project)
        files = {f"{number}-{n}.dcm": make(study="8.2.1", number=number * 10 + n) for n in range(5)}
        return own.send(files, handler="DICOM-zip", PROJECT_ID=importer.project).data

    with ThreadPoolExecutor(8) as pool:
        (address,) = set(pool.map(upload, range(8)))
    uri = importer.archive(address.decode().strip().removeprefix("/data"), redirect="true").headers["Location"]
    assert len(importer.files(uri[uri.index("/data/") :])) == 40
