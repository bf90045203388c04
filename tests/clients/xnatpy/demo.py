"""What a foreign client, xnatpy, sees of the emulator: run by its own interpreter, prints JSON.

Usage: python xnatpy_scenario.py URL USER PASSWORD
"""

import json
import logging
import sys
import tempfile
import zipfile
from pathlib import Path

import xnat


def browse(session):
    """List every level of the demo archive."""
    project = session.projects["sandbox"]
    subject = project.subjects["test001"]
    experiment = subject.experiments["test001_MR"]
    scan = experiment.scans["T1"]
    return {
        "user": session.logged_in_user,
        "version": session.xnat_version,
        "projects": sorted(session.projects.keys()),
        "project_name": project.name,
        "subjects": sorted(item.label for item in project.subjects.values()),
        "experiments": {item.label: type(item).__name__ for item in project.experiments.values()},
        "scans": {item.id: item.type for item in experiment.scans.values()},
        "assessors": {item.label: type(item).__name__ for item in experiment.assessors.values()},
        "resources": sorted(item.label for item in scan.resources.values()),
        "files": sorted(scan.resources["NIFTI"].files.keys()),
        "project_resources": [item.label for item in project.resources.values()],
        "assessor_files": sorted(experiment.assessors["test001_MR_QC"].resources["REPORT"].files.keys()),
    }


def read(session):
    """Read fields of every kind: own, nested, inherited, custom."""
    subject = session.projects["sandbox"].subjects["test001"]
    experiment = subject.experiments["test001_MR"]
    scan = experiment.scans["T1"]
    assessor = experiment.assessors["test001_MR_QC"]
    return {
        "gender": subject.demographics.gender,
        "dob": str(subject.demographics.dob),
        "weight": subject.demographics.get("weight"),
        "subject_fields": dict(subject.fields),
        "custom_variable": subject.custom_variables["default"]["diagnosis"],
        "date": str(experiment.date),
        "field_strength": experiment.field_strength,
        "scanner": experiment.get("scanner/model"),
        "brain_volume": experiment.fields["brain_volume"],
        "tr": scan.parameters.tr,
        "voxel": [scan.parameters.voxel_res.x, scan.parameters.voxel_res.y, scan.parameters.voxel_res.z],
        "frames": scan.frames,
        "rater": assessor.rater,
        "inserted": subject.insert_date is not None,
    }


def write(session):
    """Set fields, create a subject with a session, delete it again."""
    project = session.projects["sandbox"]
    subject = project.subjects["Brain-0001"]
    subject.initials = "BR"
    subject.demographics.handedness = "left"
    subject.fields["notes"] = "changed"
    subject.clearcache()
    created = session.classes.SubjectData(parent=project, label="made_by_xnatpy")
    made = session.classes.MrSessionData(parent=created, label="made_session")
    made.note = "new"
    made.clearcache()
    result = {
        "initials": subject.initials,
        "handedness": subject.demographics.handedness,
        "notes": subject.fields["notes"],
        "gender_kept": subject.demographics.gender,
        "created": created.label,
        "created_id": created.id,
        "session_type": type(made).__name__,
        "session_note": made.note,
        "listed": "made_by_xnatpy" in project.subjects,
    }
    created.delete()
    session.clearcache()
    result["deleted"] = "made_by_xnatpy" not in session.projects["sandbox"].subjects
    return result


def transfer(session, folder):
    """Download a scan and a file, upload a file and a folder."""
    experiment = session.projects["sandbox"].subjects["test001"].experiments["test001_MR"]
    target = folder / "scan.zip"
    experiment.scans["localizer"].download(str(target), verbose=False)
    with zipfile.ZipFile(target) as archive:
        names, broken = archive.namelist(), archive.testzip()
    single = folder / "qc.csv"
    experiment.resources["QC"].files["qc.csv"].download(str(single), verbose=False)
    resource = experiment.create_resource("uploaded")
    source = folder / "source"
    (source / "inner").mkdir(parents=True)
    (source / "a b.txt").write_text("one")
    (source / "inner" / "c.txt").write_text("two")
    resource.upload(str(source / "a b.txt"), "direct.txt")
    resource.upload_dir(source)
    return {
        "zip_names": sorted(names),
        "zip_ok": broken is None,
        "single": single.read_text(),
        "uploaded": sorted(resource.files.keys()),
        "header": str(experiment.scans["T1"].read_dicom().SeriesDescription),
    }


def main():
    """Run the whole scenario."""
    url, user, password = sys.argv[1:4]
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, xnat.connect(url, user=user, password=password) as session:
        result = {"browse": browse(session), "read": read(session), "write": write(session)}
        # xnatpy keeps a nested object under its owner's URI and would hand it out as the subject.
        session.clearcache()
        result["transfer"] = transfer(session, Path(folder))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
