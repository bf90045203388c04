"""Which sessions and scans a study makes; the number in a name is that of dicom-import."""

from __future__ import annotations

import pytest

from .imports_dicom import CT, ENHANCED_MR, KO, MR, PET, RAW, RTIMAGE, RTSTRUCT, SC, SEG, STORAGE, XA3D, make

# Storage class (end of its UID) -> session type, scan type. Without a session the modality or the default decides.
CLASSES = {
    "4": ("mr", "mr"),
    "4.1": ("mr", "mr"),
    "4.3": ("mr", "mr"),
    "128": ("pet", "pet"),
    "130": ("pet", "pet"),
    "2": ("ct", "ct"),
    "2.1": ("ct", "ct"),
    "12.1": ("xa", "xa"),
    "13.1.1": ("xa", "xa"),
    "6.1": ("us", "us"),
    "3.1": ("us", "us"),
    "1": ("cr", "cr"),
    "1.1": ("dx", "dx"),
    "1.1.1": ("dx", "dx"),
    "1.2": ("mg", "mg"),
    "1.2.1": ("mg", "mg"),
    "20": ("nm", "nm"),
    "77.1.5.4": ("opt", "opt"),
    "481.1": ("otherDicom", "rtImage"),
    "481.2": ("otherDicom", "rtImage"),
    "481.3": ("otherDicom", "rtImage"),
    "481.5": ("otherDicom", "rtImage"),
    "481.8": ("otherDicom", "rtImage"),
    "481.4": ("otherDicom", "rtImage"),
    "481.9": ("otherDicom", "rtImage"),
    "88.11": ("sr", "sr"),
    "88.22": ("sr", "sr"),
    "88.33": ("otherDicom", "sr"),
    "88.50": ("otherDicom", "sr"),
    "88.65": ("otherDicom", "sr"),
    "88.69": ("otherDicom", "sr"),
    "88.67": ("otherDicom", "sr"),
    "88.70": ("otherDicom", "sr"),
    "66.4": ("otherDicom", "seg"),
    "7": ("otherDicom", "sc"),
    "12.2": ("otherDicom", "rf"),
    "77.1.6": ("sm", "sm"),
    "77.1.2": ("gm", "gm"),
    "9.1.1": ("ecg", "ecg"),
    "9.1.3": ("ecg", "ecg"),
    "1.3.12.2.1107.5.9.1": ("otherDicom", "otherDicom"),
    "88.59": ("", "otherDicom"),
    "11.1": ("", "otherDicom"),
    "66": ("", "otherDicom"),
}


def full(end):
    return end if end.startswith("1.3.12") else STORAGE + end


def study(content):
    """Return a study of one series for each modality and class."""
    return {
        str(number): make(
            sop_class, study="4.1.1", SeriesNumber=number, Modality=modality, SeriesDescription=f"S{number}"
        )
        for number, (modality, sop_class) in enumerate(content, 1)
    }


def types(importer, uri):
    """Return the types of a session and of its scans, without what they share."""
    session = importer.client.item(uri)["meta"]["xsi:type"]
    scans = [scan["xsiType"] for scan in importer.scans(uri)]
    return session.removeprefix("xnat:").removesuffix("SessionData"), [
        scan.removeprefix("xnat:").removesuffix("ScanData") for scan in scans
    ]


@pytest.mark.parametrize(
    ("content", "session", "scans"),
    [
        pytest.param([("", PET), ("", MR)], "petmr", ["pet", "mr"], id="petmr"),
        pytest.param([("CT", MR)], "mr", ["mr"], id="class-before-modality"),
        pytest.param([("CT", RAW)], "ct", ["otherDicom"], id="modality-of-an-unknown-class"),
        pytest.param([("ZZ", SC)], "otherDicom", ["sc"], id="default"),
    ],
)
def test_deciders_follow_one_another_15(importer, content, session, scans):
    assert types(importer, importer.archived(study(content))) == (session, scans)


@pytest.mark.parametrize("pet", [PET, STORAGE + "130"])
@pytest.mark.parametrize("mr", [MR, ENHANCED_MR])
def test_enhanced_pet_and_mr_count_too_16(importer, pet, mr):
    assert types(importer, importer.archived(study([("PT", pet), ("MR", mr)])))[0] == "petmr"


@pytest.mark.parametrize(("where", "wanted"), [("project", "pet"), ("site", "petmr"), ("site", "pet")])
def test_project_comes_before_the_site_16(importer, emulator, where, wanted):
    settings = emulator.site.archive.settings
    before = settings.get("sitewidePetMr")
    settings.set("sitewidePetMr", wanted if where == "site" else "petmr")
    if where == "project":
        importer.put("config/separatePETMR/config?inbody=true", wanted)
    try:
        assert types(importer, importer.archived(study([("PT", PET), ("MR", MR)])))[0] == wanted
    finally:
        settings.set("sitewidePetMr", before or "")


def test_attenuation_maps_do_not_make_an_mr_session_16(importer):
    importer.put("config/separatePETMR/config?inbody=true", "separate")
    files = {
        "a": make(PET, study="4.16.1", SeriesNumber=1, Modality="PT"),
        "b": make(MR, study="4.16.1", SeriesNumber=2, SeriesDescription="Head_MRAC_1"),
    }
    assert types(importer, importer.archived(files)) == ("pet", ["pet", "mr"])


@pytest.mark.parametrize(("end", "session", "scan"), [(end, *found) for end, found in CLASSES.items()])
def test_storage_classes_decide_17(importer, end, session, scan):
    files = study([("", full(end)), ("", RAW)]) if session else study([("MR", full(end))])
    assert types(importer, importer.archived(files)) == (session or "mr", [scan, *["otherDicom"][: bool(session)]])


@pytest.mark.parametrize(
    ("ends", "session"),
    [
        (("2", "4"), "mr"),
        (("128", "2"), "pet"),
        (("12.1", "2"), "ct"),
        (("6.1", "12.1"), "xa"),
        (("1", "6.1"), "us"),
        (("77.1.5.4", "1"), "cr"),
        (("1.2", "77.1.5.4"), "opt"),
        (("1.1", "1.2"), "mg"),
        (("20", "1.1"), "dx"),
        (("88.11", "20"), "nm"),
        (("77.1.6", "88.11"), "sr"),
        (("77.1.2", "77.1.6"), "sm"),
    ],
)
def test_of_several_classes_the_leading_one_counts_17(importer, ends, session):
    assert types(importer, importer.archived(study([("", full(end)) for end in ends])))[0] == session


@pytest.mark.parametrize(
    ("ends", "scan"),
    [
        (("66", "66.4"), "seg"),
        (("7", "66.4"), "seg"),
        (("7", "88.33"), "sr"),
        (("88.33", "20"), "nm"),
        (("481.3", "6.1"), "us"),
        (("481.3", "1"), "rtImage"),
        (("4", "128"), "pet"),
        (("13.1.3", "13.1.3"), "otherDicom"),
        (("77.1.5.1", "77.1.5.1"), "otherDicom"),
    ],
)
def test_of_several_classes_of_a_series_the_leading_one_counts_18(importer, ends, scan):
    files = {
        str(number): make(full(end), study="4.18.1", series="4.18.1.1", number=number)
        for number, end in enumerate((*ends, "7") if "otherDicom" not in scan else ends)
    }
    assert types(importer, importer.archived(files))[1] == [scan]


@pytest.mark.parametrize(
    ("modalities", "session"),
    [
        (["PT"], "pet"),
        (["MR"], "mr"),
        (["SM"], "sm"),
        (["GM"], "gm"),
        (["CT", "MR"], "mr"),
        (["XA", "CT"], "ct"),
        (["US", "RT"], "us"),
        (["RT", "CR"], "rt"),
        (["EEG", "NM"], "nm"),
        (["ES", "XC"], "es"),
        (["OT"], "otherDicom"),
        (["SC"], "otherDicom"),
    ],
)
def test_modalities_decide_where_no_class_does_19(importer, modalities, session):
    assert types(importer, importer.archived(study([(one, RAW) for one in modalities])))[0] == session


def test_pet_is_no_modality_19(importer):
    assert importer.row(importer.held(study([("PET", RAW)])))["status"] == "ERROR"


@pytest.mark.parametrize(
    ("content", "session", "scans"),
    [
        ([("MR", MR), ("MR", MR)], "mr", ["mr", "mr"]),
        ([("PT", PET), ("CT", CT)], "pet", ["pet", "ct"]),
        ([("RTSTRUCT", RTSTRUCT), ("MR", ENHANCED_MR)], "mr", ["rtImage", "mr"]),
        ([("RTSTRUCT", RTSTRUCT), ("PT", PET), ("CT", CT)], "pet", ["rtImage", "pet", "ct"]),
        ([("PT", PET), ("MR", MR)], "petmr", ["pet", "mr"]),
        ([("CT", SC)], "ct", ["sc"]),
        ([("SC", SC)], "otherDicom", ["sc"]),
        ([(None, MR)], "mr", ["mr"]),
        ([("XA", XA3D)], "xa", ["xa"]),
    ],
)
def test_studies_of_the_vendors_tests_20(importer, content, session, scans):
    assert types(importer, importer.archived(study(content))) == (session, scans)


def test_raw_data_in_an_mr_series_20(importer):
    files = {str(n): make(sop, study="4.20.1", series="4.20.1.1", number=n) for n, sop in enumerate((RAW, MR))}
    assert types(importer, importer.archived(files)) == ("mr", ["mr"])


@pytest.mark.parametrize(("modality", "sop_class"), [("SEG", SEG), ("RTSTRUCT", RTSTRUCT), ("RTIMAGE", RTIMAGE)])
def test_segmentations_and_structures_alone_are_other_sessions_21(importer, modality, sop_class):
    assert types(importer, importer.archived(study([(modality, sop_class)])))[0] == "otherDicom"


@pytest.mark.parametrize(("modality", "end"), [("KO", "88.59"), ("PR", "11.1")])
def test_documents_alone_make_no_session_21(importer, modality, end):
    assert KO.endswith("88.59")
    assert importer.row(importer.held(study([(modality, STORAGE + end)])))["status"] == "ERROR"


def test_two_studies_in_one_folder_cannot_be_built_22(importer):
    dest = f"/prearchive/projects/{importer.project}/20200101_101112013/here"
    for uid in ("4.22.1", "4.22.2"):
        source = importer.held({uid: make(study=uid)}, dest=dest)
    assert len(importer.client.rows(f"/data{source}/scans")) == 2
    importer.client.post(f"/data{source}?action=build")
    assert importer.row(source)["status"] == "ERROR"


def test_scans_are_named_by_number_or_uid_30(importer):
    files = {
        "a": make(study="4.30.1", series="4.30.1.1", SeriesNumber=7),
        "b": make(study="4.30.1", series="4.30.1.2", SeriesNumber=None),
        "c": make(study="4.30.1", series="4.30.1.3", SeriesNumber="+3"),
    }
    ids = {scan["ID"]: scan for scan in importer.scans(importer.archived(files))}
    assert "7" in ids
    assert "4_30_1_2" in ids
    assert len(ids) == 3


def test_series_of_one_number_are_renamed_31(importer):
    files = {
        one: make(sop, study="4.31.1", series=f"4.31.1.{one}", SeriesNumber=4, Modality=modality)
        for one, sop, modality in (("3", MR, "MR"), ("1", MR, "MR"), ("2", CT, "CT"), ("5", SC, None))
    }
    uri = importer.archived(files)
    uids = {importer.scan(uri, scan["ID"])["UID"]: scan["ID"] for scan in importer.scans(uri)}
    assert uids == {"4.31.1.1": "4-MR1", "4.31.1.3": "4-MR2", "4.31.1.2": "4-CT1", "4.31.1.5": "4-OT1"}
