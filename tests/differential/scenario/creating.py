"""Step 12 of the tutorial: objects made, filled, shared and deleted; accounts and access."""

import io

from .tour import described, step

METHODS = ("per_file", "tar_memory", "tgz_memory", "tar_file", "tgz_file")


@step(12)
def known_classes(t):
    wanted = {"ProjectData", "SubjectData", "MrSessionData", "CtSessionData", "MrScanData", "QcManualAssessorData"}
    return sorted(wanted.intersection(dir(t.connection.classes)))


@step(12)
def create_a_project(t):
    identity = {"id_": "made"} if t.is_xnatpy else {"id": "made"}
    t.made = t.connection.classes.ProjectData(parent=t.connection, name="Made here", **identity)
    return [type(t.made).__name__, t.made.id, t.made.name]


@step(12)
def the_project_is_listed(t):
    t.fresh(t.projects)
    t.made = t.connection.projects["made"]
    return [t.made.id, t.made.name, len(t.made.subjects)]


@step(12)
def create_a_subject(t):
    t.person = t.connection.classes.SubjectData(parent=t.made, label="new_subject_label")
    return described([t.person])


@step(12)
def create_a_session(t):
    t.visit = t.connection.classes.MrSessionData(parent=t.person, label="new_session_label")
    return described([t.visit])


@step(12)
def create_a_scan(t):
    t.series = t.connection.classes.MrScanData(parent=t.visit, id="1", type="T1")
    return [type(t.series).__name__, t.series.id, t.series.type]


@step(12)
def create_an_assessor(t):
    return described([t.connection.classes.QcManualAssessorData(parent=t.visit, label="new_assessor")])


@step(12)
def create_what_is_there_already(t):
    t.forget(t.made)
    kinds = ("XNATObjectAlreadyExistsError",)
    return t.refusal(lambda: t.connection.classes.MrSessionData(parent=t.person, label="new_session_label"), *kinds)


@step(12)
def create_below_the_wrong_parent(t):
    kinds = ("XNATValueError",)
    return t.refusal(lambda: t.connection.classes.MrSessionData(parent=t.made, label="other"), *kinds)


@step(12)
def create_a_scan_below_a_subject(t):
    return t.refusal(lambda: t.connection.classes.MrScanData(parent=t.person, id="9", type="T1"), "Exception")


@step(12)
def what_was_created(t):
    t.forget(t.made, t.person, t.visit)
    listed = {subject.label: described(subject.experiments) for subject in t.made.subjects}
    return [listed, [[scan.id, scan.type] for scan in t.visit.scans], described(t.visit.assessors)]


@step(12)
def create_resources(t):
    owners = (t.made, t.person, t.visit, t.series)
    t.folders = [owner.create_resource("NOTES") for owner in owners]
    return [[type(one).__name__, one.label] for one in t.folders]


@step(12)
def upload_a_file(t):
    t.folders[3].upload(str(t.inputs / "files" / "a.txt"), "in folder/a b.txt")
    t.folders[3].upload(str(t.inputs / "files" / "b c.txt"))


@step(12)
def upload_data(t):
    t.folders[3].upload_data("text\n", "text.txt")
    t.folders[3].upload_data(b"bytes\n", "bytes.txt")
    t.folders[3].upload_data(io.BytesIO(b"stream\n"), "stream.txt")


@step(12)
def files_that_were_uploaded(t):
    return sorted([file.path, file.digest] for file in t.folders[3].files)


@step(12)
def upload_a_file_again(t):
    kinds = ("XNATError",)
    return t.refusal(lambda: t.folders[3].upload(str(t.inputs / "files" / "a.txt"), "text.txt"), *kinds)


@step(12)
def replace_a_file(t):
    t.folders[3].upload(str(t.inputs / "files" / "a.txt"), "text.txt", overwrite=True)


@step(12)
def delete_a_file(t):
    t.folders[3].files["bytes.txt"].delete()


@step(12)
def upload_folders(t):
    for method in METHODS:
        t.visit.create_resource(method).upload_dir(str(t.inputs / "folder"), method=method)
    t.forget(t.visit)
    return {one.label: sorted([file.path, file.digest] for file in one.files) for one in t.visit.resources}


@step(12)
def upload_an_empty_file(t):
    t.folder_with_an_empty_file = t.visit.create_resource("EMPTY")
    t.folder_with_an_empty_file.upload_dir(str(t.inputs / "with an empty file"), method="per_file")
    return sorted(file.path for file in t.folder_with_an_empty_file.files)


@step(12)
def delete_a_resource(t):
    t.forget(t.visit)
    t.visit.resources["EMPTY"].delete(remove_files=True)
    return sorted(resource.label for resource in t.visit.resources)


@step(12)
def upload_with_an_unknown_method(t):
    resource = t.visit.create_resource("UNKNOWN")
    return t.refusal(lambda: resource.upload_dir(str(t.inputs / "folder"), method="pigeon"), "Exception")


@step(12)
def refresh_a_catalog(t):
    t.folders[0].refresh_catalog()


@step(12)
def quarantine_and_activate(t):
    t.visit.quarantine()
    before = t.visit.status
    t.visit.activate()
    return [before, t.visit.status]


@step(12)
def share(t):
    t.person.share("sandbox", label="shared_subject")
    t.visit.share("sandbox", label="shared_session")


@step(12)
def what_is_shared(t):
    t.forget(t.sandbox)
    listed = [subject.label for subject in t.sandbox.subjects]
    found = next(one for one in t.sandbox.experiments if one.label == "shared_session")
    return [listed, found.id == t.visit.id]


@step(12)
def users(t):
    t.users = t.connection.users
    return sorted(t.users.keys())


@step(12)
def facts_of_a_user(t):
    found = t.users["reader"]
    return [found.login, found.first_name, found.last_name, found.email, int(found.id)]


@step(12)
def give_access(t):
    t.made.set_access(t.users["reader"], "Members" if t.is_xnatpy else "member")


@step(12)
def give_access_by_login(t):
    t.made.set_access("reader", "Members" if t.is_xnatpy else "member")


@step(12)
def users_of_a_project(t):
    return {login: user.group for login, user in t.made.users.items()}


@step(12)
def levels_of_access(t):
    return {login: user.access_level for login, user in t.made.users.items()}


@step(12)
def take_access_away_by_login(t):
    t.made.remove_access("reader")


@step(12)
def users_of_a_project_afterwards(t):
    return sorted(t.made.users)


@step(12)
def issue_a_token(t):
    token = t.connection.services.issue_token()
    with t.xnat.connect(t.url, user=token.alias, password=token.secret) as other:
        return other.logged_in_user


@step(12)
def reader_writes(t):
    with t.xnat.connect(t.url, user="reader", password="not a secret") as other:
        return t.refusal(lambda: other.put("/data/projects/sandbox/subjects/no"), "XNATResponseError")


@step(12)
def delete_a_scan(t):
    t.connection.classes.MrScanData(parent=t.visit, id="2", type="T2")
    t.forget(t.visit)
    t.visit.scans["2"].delete(remove_files=True)
    return sorted(t.visit.scans.keys())


@step(12)
def delete_a_session(t):
    t.connection.classes.MrSessionData(parent=t.person, label="gone")
    t.forget(t.person)
    t.person.experiments["gone"].delete(remove_files=True)
    return [one.label for one in t.person.experiments]


@step(12)
def delete_a_subject(t):
    t.forget(t.sandbox)
    t.sandbox.subjects["TEST01"].delete(remove_files=True)
    return sorted(subject.label for subject in t.sandbox.subjects)


@step(12)
def read_what_was_deleted(t):
    return t.refusal(lambda: t.connection.get("/data/projects/sandbox/subjects/TEST01"), "XNATError")
