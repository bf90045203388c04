"""The story as a user of xnatpy tells it; run by xnatpy's own interpreter."""

import logging
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import xnat
from story import (
    ARCHIVED,
    ARCHIVED_SESSION,
    DATE,
    GONE,
    NOTE,
    OTHER,
    PREARCHIVED,
    PREARCHIVED_SESSION,
    PROJECT,
    READER,
    SCAN,
    SERIES,
    SESSION,
    SUBJECT,
    VARIABLES,
    Scenario,
    arguments,
)

DETOURS = {}
"""Step -> why the client's own call does not do it."""


class Steps:
    """One method a step; ``self.connection`` is the login."""

    def __init__(self, connection, inputs, work):
        self.connection = connection
        self.inputs = inputs
        self.work = work

    @property
    def project(self):
        return self.connection.projects[PROJECT]

    @property
    def subject(self):
        return self.project.subjects[SUBJECT]

    @property
    def session(self):
        return self.subject.experiments[SESSION]

    @property
    def scan(self):
        return self.session.scans[SCAN]

    def log_in(self):
        return {"user": self.connection.logged_in_user, "version": self.connection.xnat_version}

    def create_project(self):
        for name in (PROJECT, OTHER):
            self.connection.classes.ProjectData(parent=self.connection, id_=name, name=name)
        self.connection.clearcache()
        return sorted(self.connection.projects.keys())

    def create_subject(self):
        for label in (SUBJECT, GONE):
            self.connection.classes.SubjectData(parent=self.project, label=label)
        self.connection.clearcache()
        return sorted(item.label for item in self.project.subjects.values())

    def create_session(self):
        made = self.connection.classes.MrSessionData(parent=self.subject, label=SESSION)
        self.connection.clearcache()
        return {"type": type(made).__name__, "listed": [item.label for item in self.project.experiments.values()]}

    def create_scan(self):
        made = self.connection.classes.MrScanData(parent=self.session, id=SCAN, type="T1")
        self.connection.clearcache()
        return {"type": type(made).__name__, "listed": [item.id for item in self.session.scans.values()]}

    def write_fields(self):
        self.subject.demographics.gender = "female"
        self.subject.demographics.handedness = "left"
        self.subject.demographics.yob = 1980
        # xnatpy keeps a nested object under its owner's URI and would hand it out as the subject.
        self.connection.clearcache()
        self.session.date = DATE
        self.session.note = NOTE
        self.scan.quality = "usable"
        self.scan.series_description = SERIES
        self.connection.clearcache()

    def custom_variables(self):
        for name, value in VARIABLES.items():
            self.session.fields[name] = value
        self.connection.clearcache()
        return dict(self.session.fields)

    def upload_files(self):
        resource = self.scan.create_resource("NIFTI")
        for path in sorted((self.inputs / "files").iterdir()):
            resource.upload(str(path), path.name)
        return sorted(resource.files.keys())

    def upload_directory(self):
        resource = self.session.create_resource("QC")
        resource.upload_dir(self.inputs / "folder")
        return sorted(resource.files.keys())

    def read_back(self):
        self.connection.clearcache()
        subject = self.subject
        demographics = [subject.demographics.gender, subject.demographics.handedness, subject.demographics.yob]
        self.connection.clearcache()
        return {
            "demographics": demographics,
            "session": [str(self.session.date), self.session.note],
            "scan": [self.scan.type, self.scan.quality, self.scan.series_description],
        }

    def download_file(self):
        target = self.work / "single"
        self.scan.resources["NIFTI"].files["b c.txt"].download(str(target), verbose=False)
        return target.read_text()

    def download_scan(self):
        target = self.work / "scan.zip"
        self.scan.download(str(target), verbose=False)
        with zipfile.ZipFile(target) as archive:
            return {name: archive.read(name).decode() for name in sorted(archive.namelist())}

    def share(self):
        self.subject.share(OTHER, label="S1_shared")
        self.session.share(OTHER, label="S1_MR_shared")
        self.connection.clearcache()
        other = self.connection.projects[OTHER]
        return {
            "subjects": [item.label for item in other.subjects.values()],
            "experiments": [item.label for item in other.experiments.values()],
        }

    def search(self):
        subjects = self.connection.classes.SubjectData
        query = subjects.query().filter(subjects.label == SUBJECT).view(subjects.label, subjects.project)
        return query.tabulate_dict()

    def import_to_archive(self):
        made = self.connection.services.import_(
            str(self.inputs / "archive.zip"), project=PROJECT, subject=ARCHIVED, experiment=ARCHIVED_SESSION
        )
        self.connection.clearcache()
        return {"label": made.label, "scans": sorted(item.id for item in made.scans.values())}

    def import_to_prearchive(self):
        made = self.connection.services.import_(
            str(self.inputs / "prearchive.zip"),
            project=PROJECT,
            subject=PREARCHIVED,
            experiment=PREARCHIVED_SESSION,
            destination="/prearchive",
        )
        return {
            "status": made.status,
            "label": made.label,
            "scans": sorted(item.id for item in made.scans),
            "listed": [item.label for item in self.connection.prearchive.sessions(project=PROJECT)],
        }

    def archive(self):
        waiting = self.connection.prearchive.sessions(project=PROJECT)[0]
        made = waiting.archive(subject=PREARCHIVED, experiment=PREARCHIVED_SESSION)
        return {"label": made.label, "left": len(self.connection.prearchive.sessions(project=PROJECT))}

    def delete(self):
        self.connection.clearcache()
        self.project.subjects[GONE].delete()
        self.connection.clearcache()
        return sorted(item.label for item in self.project.subjects.values())

    def users(self):
        self.connection.put(f"/data/projects/{PROJECT}/users/Members/{READER}")
        return {
            "all": sorted(self.connection.users.keys()),
            "project": {login: user.data.get("displayname") for login, user in self.project.users.items()},
        }


def main():
    url, user, password, inputs, work = arguments()
    logging.disable(logging.WARNING)
    with xnat.connect(url, user=user, password=password) as connection:
        steps = Steps(connection, inputs, work)
        names = [
            name for name in vars(Steps) if not name.startswith("_") and not isinstance(vars(Steps)[name], property)
        ]
        Scenario({name: getattr(steps, name) for name in names}, detours=DETOURS).run()


if __name__ == "__main__":
    main()
