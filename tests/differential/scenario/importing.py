"""Steps 9 and 10 of the tutorial: imports and the prearchive."""

from .tour import described, step, zipped


def place_of(session):
    return [session.project, session.subject, session.label, session.status]


@step(9)
def import_to_the_archive(t):
    t.imported = t.connection.services.import_(str(t.inputs / "archive.zip"), project="sandbox", subject="test002")
    return described([t.imported])


@step(9)
def what_was_imported(t):
    found = t.imported
    return {
        "subject": found.subject_id,
        "scans": [[type(scan).__name__, scan.id, scan.type] for scan in found.scans],
        "files": sorted([file.name, file.digest] for file in found.files),
    }


@step(9)
def import_what_is_there_already(t):
    def run():
        t.connection.services.import_(
            str(t.inputs / "archive.zip"), project="sandbox", subject="test002", experiment=t.imported.label
        )

    return t.refusal(run, "XNATError")


@step(9)
def import_over_it(t):
    path, label = str(t.inputs / "archive.zip"), t.imported.label
    t.forget()
    found = t.connection.services.import_(
        path, project="sandbox", subject="test002", experiment=label, overwrite="delete"
    )
    return described([found])


@step(9)
def import_a_folder(t):
    found = t.connection.services.import_dir(str(t.inputs / "study"), project="sandbox", subject="test003")
    return [*described([found]), [[scan.id, scan.type] for scan in found.scans]]


@step(9)
def import_a_stream(t):
    with (t.inputs / "archive.zip").open("rb") as stream:
        found = t.connection.services.import_(
            data=stream, project="brainimages", subject="S02", experiment="S02_MR", content_type="application/zip"
        )
    return described([found])


@step(9)
def import_what_is_no_archive(t):
    path = str(t.inputs / "files" / "a.txt")
    return t.refusal(lambda: t.connection.services.import_(path, project="sandbox"), "XNATError")


@step(9)
def import_to_the_prearchive(t):
    t.waiting = t.connection.services.import_(
        str(t.inputs / "prearchive.zip"), project="sandbox", destination="/prearchive"
    )
    return place_of(t.waiting)


@step(10)
def prearchive(t):
    found = t.connection.prearchive.sessions()
    return [type(found[0]).__name__, *map(place_of, found)]


@step(10)
def prearchive_of_a_project(t):
    return [len(t.connection.prearchive.sessions(project=name)) for name in ("sandbox", "brainimages")]


@step(10)
def find_in_the_prearchive(t):
    find = t.connection.prearchive.find
    return [len(find(project="sandbox", status="READY")), len(find(subject="nobody")), len(find(session="nothing"))]


@step(10)
def fields_of_a_waiting_session(t):
    found = t.connection.prearchive.sessions()[0]
    return [found.name, found.tag, found.autoarchive, found.scan_date, found.scan_time, found.folder_name]


@step(10)
def scans_of_a_waiting_session(t):
    t.waiting_scans = t.waiting.scans
    return [[scan.id, scan.series_description] for scan in t.waiting_scans]


@step(10)
def resources_of_a_waiting_scan(t):
    t.waiting_resources = t.waiting_scans[0].resources
    return [[one.label, one.file_count, one.file_size] for one in t.waiting_resources]


@step(10)
def files_of_a_waiting_scan(t):
    t.waiting_files = t.waiting_resources["DICOM"].files
    return [[file.name, file.size] for file in t.waiting_files]


@step(10)
def open_a_waiting_file(t):
    with t.waiting_files[0].open() as stream:
        return stream.read(132)[-4:].decode()


@step(10)
def read_dicom_of_a_waiting_scan(t):
    t.forget(t.waiting_scans[0])
    found = t.waiting_scans[0].read_dicom()
    return [str(found.PatientName), found.SeriesNumber, "PixelData" in found]


@step(10)
def dump_of_a_waiting_scan(t):
    return t.waiting_scans[0].dicom_dump(fields=["PatientID", "00080060"])


@step(10)
def download_a_waiting_session(t):
    target = t.work / "waiting.zip"
    t.waiting.download(str(target))
    return [[name.rpartition("/")[2], digest] for name, digest in zipped(target).items() if name.endswith(".dcm")]


@step(10)
def rebuild(t):
    # Without asynchronous=True the SDK asks until it is done; xnatpy never waits (rest-data 12.3).
    t.waiting.rebuild(asynchronous=True)


@step(10)
def what_was_rebuilt(t):
    t.forget()
    return [place_of(found) for found in t.connection.prearchive.sessions()]


@step(10)
def move(t):
    t.connection.prearchive.sessions()[0].move("brainimages")


@step(10)
def what_was_moved(t):
    t.forget()
    return [place_of(found) for found in t.connection.prearchive.sessions()]


@step(10)
def archive(t):
    waiting = t.connection.prearchive.sessions()[0]
    t.archived = waiting.archive(subject="ANONYMIZ3", experiment="ANONYMIZ3")
    return described([t.archived])


@step(10)
def what_was_archived(t):
    return [t.archived.project, [[scan.id, scan.type] for scan in t.archived.scans]]


@step(10)
def nothing_waits_any_more(t):
    return len(t.connection.prearchive.sessions())


@step(10)
def delete_from_the_prearchive(t):
    t.gone = t.connection.services.import_(
        str(t.inputs / "prearchive.zip"), project="sandbox", destination="/prearchive"
    )
    t.gone.delete()


@step(10)
def nothing_waits_after_the_delete(t):
    # A step of its own: the server answers xnatpy before it is done, and is given time between steps.
    return len(t.connection.prearchive.sessions())


@step(10)
def archive_what_is_gone(t):
    return t.refusal(t.gone.archive, "XNATError")
