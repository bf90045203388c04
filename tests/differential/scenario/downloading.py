"""Step 6 of the tutorial: downloads to zip files and to folders."""

import io

from .tour import step, tree, zipped


@step(6)
def download_a_scan(t):
    target = t.work / "scan.zip"
    t.scan.download(str(target))
    return zipped(target)


@step(6)
def download_an_experiment(t):
    target = t.work / "session.zip"
    t.session.download(str(target))
    return zipped(target)


@step(6)
def download_a_resource(t):
    target = t.work / "resource.zip"
    t.session_resources["QC"].download(str(target))
    return zipped(target)


@step(6)
def download_a_project_resource(t):
    target = t.work / "project resource.zip"
    t.documents.download(str(target))
    return zipped(target)


@step(6)
def download_a_file(t):
    target = t.work / "a file"
    t.files[0].download(str(target))
    return tree(t.work)["a file"]


@step(6)
def download_a_file_to_a_stream(t):
    target = io.BytesIO()
    t.resources["NIFTI"].files["T1.nii.gz"].download_stream(target)
    return len(target.getvalue())


@step(6)
def download_dir_of_a_project(t):
    # xnatpy keeps a nested object under its owner's URI and would hand it out as the subject.
    t.forget(t.sandbox)
    folder = t.folder("project")
    t.sandbox.download_dir(str(folder))
    return tree(folder)


@step(6)
def download_dir_of_a_subject(t):
    folder = t.folder("subject")
    t.subject.download_dir(str(folder))
    return tree(folder)


@step(6)
def download_dir_of_an_experiment(t):
    folder = t.folder("session")
    t.session.download_dir(str(folder))
    return tree(folder)


@step(6)
def download_dir_of_a_scan(t):
    folder = t.folder("scan")
    t.scan.download_dir(str(folder))
    return tree(folder)


@step(6)
def download_dir_of_a_resource(t):
    folder = t.folder("resource")
    t.resources["DICOM"].download_dir(str(folder))
    return tree(folder)


@step(6)
def download_dir_of_a_project_resource(t):
    folder = t.folder("project resource")
    t.documents.download_dir(str(folder))
    return tree(folder)
