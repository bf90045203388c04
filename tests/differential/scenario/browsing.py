"""Steps 4 and 5 of the tutorial: listings and levels, objects by URI, fields."""

from .tour import described, md5, step


@step(4)
def projects(t):
    t.projects = t.connection.projects
    return {key: [type(project).__name__, project.name] for key, project in t.projects.items()}


@step(4)
def project_by_id_and_name(t):
    t.sandbox = t.projects["sandbox"]
    return [t.sandbox.id, t.projects["Brain images"].id]


@step(4)
def all_subjects(t):
    return described(t.connection.subjects.values())


@step(4)
def all_experiments(t):
    return described(t.connection.experiments.values())


@step(4)
def subjects(t):
    t.subjects = t.sandbox.subjects
    return described(t.subjects.values())


@step(4)
def keys_values_len_and_loop(t):
    items = {key: subject.label for key, subject in t.subjects.items()}
    loop = [subject.label for subject in t.subjects]
    return {"keys": list(t.subjects.keys()), "len": len(t.subjects), "items": items, "loop": loop}


@step(4)
def the_same_as_the_tutorial_writes_it(t):
    t.forget(t.sandbox)
    counted = {"keys": list(t.sandbox.subjects.keys()), "len": len(t.sandbox.subjects)}
    return counted | {"loop": [subject.label for subject in t.sandbox.subjects.values()]}


@step(4)
def position_and_slice(t):
    return [t.subjects[0].label, t.subjects[-1].label, described(t.subjects[1:3])]


@step(4)
def subject_by_id_and_label(t):
    t.subject = t.subjects["test001"]
    return [t.subject.id, t.subjects[t.subject.id].label, t.subjects.get("test001").id, t.subjects.get("none")]


@step(4)
def unknown_key(t):
    return t.refusal(lambda: t.subjects["nobody"], "KeyError")


@step(4)
def unknown_position(t):
    return t.refusal(lambda: t.subjects[99], "IndexError")


@step(5)
def fields_of_a_subject(t):
    return [t.subject.initials, t.subject.group, t.subject.src]


@step(4)
def experiments(t):
    t.experiments = t.subject.experiments
    return described(t.experiments.values())


@step(4)
def experiments_of_the_project(t):
    t.all_sessions = t.sandbox.experiments
    return described(t.all_sessions.values())


@step(4)
def experiment_by_label(t):
    t.session = t.experiments["test001_MR"]
    return described([t.session])


@step(5)
def fields_of_a_session(t):
    session = t.session
    return {
        "date": session.date,
        "time": session.time,
        "note": session.note,
        "modality": session.modality,
        "scanner": [session.scanner.manufacturer, session.scanner.model],
        "station": session.acquisition_site,
        "strength": session.field_strength,
        "subject": session.subject_id,
        "project": session.project,
        "prearchive": session.prearchive_path,
    }


@step(4)
def scans(t):
    t.scans = t.session.scans
    return [[type(scan).__name__, scan.id, scan.type] for scan in t.scans.values()]


@step(4)
def scan_by_id_and_type(t):
    t.scan = t.scans["T1"]
    return [t.scan.id, t.scans["1"].type, t.scans["T1"].uri == t.scan.uri]


@step(4)
def resources(t):
    t.resources = t.scan.resources
    return described(t.resources.values())


@step(4)
def resource_facts(t):
    resource = t.resources["NIFTI"]
    return {
        "size": resource.file_size,
        "count": resource.file_count,
        "format": resource.format,
        "content": resource.content,
    }


@step(4)
def files(t):
    t.files = t.resources["DICOM"].files
    return [[type(file).__name__, file.id, file.name, file.path] for file in t.files.values()]


@step(4)
def file_facts(t):
    first = t.files[0]
    return {
        "digest": first.digest,
        "collection": first.collection,
        "format": first.file_format,
        # What is not set is an empty text in xnatpy, None in the SDK.
        "content": first.file_content or "",
        "tags": first.file_tags or "",
        "size": int(first.file_size),
    }


@step(4)
def digests_of_a_resource(t):
    return {file.path: file.digest for file in t.files}


@step(4)
def file_size(t):
    return int(t.files[0].size)


@step(4)
def files_of_the_scan(t):
    return sorted([file.name, file.digest] for file in t.scan.files)


@step(4)
def files_of_the_session(t):
    return sorted([file.name, file.digest] for file in t.session.files)


@step(4)
def files_of_the_project(t):
    return sorted([file.name, file.digest] for file in t.sandbox.files)


@step(4)
def files_of_the_subject(t):
    return sorted([file.name, file.digest] for file in t.subject.files)


@step(4)
def resources_of_the_project(t):
    t.documents = t.sandbox.resources["documents"]
    return sorted([file.path, file.digest] for file in t.documents.files)


@step(4)
def resources_of_the_session(t):
    t.session_resources = t.session.resources
    return {resource.label: sorted(resource.files.keys()) for resource in t.session_resources}


@step(4)
def assessors(t):
    t.assessors = t.session.assessors
    t.assessor = t.assessors["test001_MR_QC"]
    return described(t.assessors)


@step(5)
def fields_of_an_assessor(t):
    found = t.assessor
    return [found.rater, found.date, found.comments, found.image_session_id]


@step(4)
def files_of_an_assessor(t):
    return {resource.label: [[f.path, f.digest] for f in resource.files] for resource in t.assessor.resources}


@step(5)
def object_by_uri(t):
    t.opened = t.connection.create_object("/data/projects/brainimages/experiments/XNAT_E00007")
    return [*described([t.opened]), t.opened.date, t.opened.note, t.opened.modality]


@step(5)
def object_by_full_url(t):
    t.opened_subject = t.connection.create_object(f"{t.url}/data/projects/brainimages/subjects/XNAT_S00006")
    return [*described([t.opened_subject]), t.opened_subject.demographics.dob]


@step(5)
def same_object_as_from_a_listing(t):
    listed = t.opened_subject.experiments["S01_MR"]
    found = t.opened
    return [found.id == listed.id, found.label == listed.label, type(found) is type(listed)]


@step(5)
def project_by_uri(t):
    found = t.connection.create_object("/data/projects/brainimages")
    return [type(found).__name__, found.id, found.name, found.description]


@step(5)
def scan_by_uri(t):
    found = t.connection.create_object(f"/data/experiments/{t.session.id}/scans/2")
    return [type(found).__name__, found.id, found.type]


@step(5)
def uri_of_nothing(t):
    return t.refusal(lambda: t.connection.create_object("/data/experiments/NONE"), "XNATError")


@step(5)
def subject_of_an_experiment(t):
    found = t.session.subject
    return [type(found).__name__, found.id, found.label]


@step(5)
def fields_of_a_project(t):
    return [t.sandbox.description, t.sandbox.keywords, t.sandbox.secondary_id, t.sandbox.pi.lastname]


@step(5)
def demographics(t):
    found = t.subject.demographics
    return [found.dob, found.gender, found.handedness, found.education, found.yob, found.ses]


@step(5)
def fields_of_a_scan(t):
    scan = t.scan
    return {
        "quality": scan.quality,
        "description": scan.series_description,
        "frames": scan.frames,
        "modality": scan.modality,
        "uid": scan.uid,
        "start": scan.start_time,
    }


@step(5)
def parameters_of_a_scan(t):
    found = t.scan.parameters
    return {
        "numbers": [found.tr, found.te, found.ti, found.flip, found.pixel_bandwidth],
        "voxel": [found.voxel_res.units, found.voxel_res.x, found.voxel_res.y, found.voxel_res.z],
        "texts": [found.acq_type, found.sequence, found.scan_sequence, found.scan_options],
        "matrix": [found.fov.x, found.fov.y],
    }


@step(5)
def status_of_a_session(t):
    return t.session.status


@step(8)
def external_uri_of_every_level(t):
    levels = (t.sandbox, t.subject, t.session, t.scan, t.resources["NIFTI"], t.files[0])
    return [one.external_uri() for one in levels]


@step(8)
def external_uris_name_the_same_items(t):
    documents = [t.connection.get_json(one.external_uri()) for one in (t.session, t.scan)]
    same = [found["items"][0]["data_fields"]["ID"] for found in documents]
    return [*same, md5(t.connection.get(t.files[0].external_uri()).content)]


@step(8)
def external_uri_with_scheme_and_query(t):
    return t.session.external_uri(scheme="test", query={"hello": "world", "a b": "c&d"})


@step(8)
def url_for(t):
    return t.connection.url_for(t.scan, query={"format": "xml"})


@step(16)
def files_of_a_scan_by_pattern(t):
    """The example script: what its functions do, from the connection down."""
    with t.login() as connection:
        project = connection.projects["sandbox"]
        found = project.subjects["test001"].experiments["test001_MR"].scans["T1"]
        return [file.name for file in found.files.values() if file.name.startswith("T1")]
