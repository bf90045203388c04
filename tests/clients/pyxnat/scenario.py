"""The story as a user of pyxnat tells it; run by pyxnat's own interpreter."""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import pyxnat
from pyxnat.core.manage import PreArchive
from story import (
    ARCHIVED,
    ARCHIVED_SESSION,
    DATE,
    FILES,
    FOLDER,
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
    tree,
)

DEMOGRAPHICS = "xnat:subjectData/demographics[@xsi:type=xnat:demographicData]"


DETOURS = {}
"""Step -> why the client's own call does not do it."""


class Steps:
    """One method a step; ``self.interface`` is the login."""

    def __init__(self, interface, inputs, work):
        self.interface = interface
        self.inputs = inputs
        self.work = work

    @property
    def project(self):
        return self.interface.select.project(PROJECT)

    @property
    def subject(self):
        return self.project.subject(SUBJECT)

    @property
    def session(self):
        return self.subject.experiment(SESSION)

    @property
    def scan(self):
        return self.session.scan(SCAN)

    def log_in(self):
        return {"user": self.interface._user, "projects": list(self.interface.select.projects().get())}

    def create_project(self):
        for name in (PROJECT, OTHER):
            self.interface.select.project(name).create()
        return sorted(self.interface.select.projects().get())

    def create_subject(self):
        for label in (SUBJECT, GONE):
            self.project.subject(label).create()
        return sorted(item.label() for item in self.project.subjects())

    def create_session(self):
        self.session.create(experiments="xnat:mrSessionData")
        return {"type": self.session.datatype(), "listed": [item.label() for item in self.project.experiments()]}

    def create_scan(self):
        self.scan.create(scans="xnat:mrScanData", **{"xnat:mrScanData/type": "T1"})
        return {"type": self.scan.datatype(), "listed": self.session.scans().get()}

    def write_fields(self):
        self.subject.attrs.mset(
            {
                f"{DEMOGRAPHICS}/gender": "female",
                f"{DEMOGRAPHICS}/handedness": "left",
                f"{DEMOGRAPHICS}/yob": "1980",
            }
        )
        self.session.attrs.mset({"xnat:mrSessionData/date": DATE, "xnat:mrSessionData/note": NOTE})
        self.scan.attrs.mset({"xnat:mrScanData/quality": "usable", "xnat:mrScanData/series_description": SERIES})

    def custom_variables(self):
        for name, value in VARIABLES.items():
            self.session.attrs.set(f"xnat:mrSessionData/fields/field[name={name}]/field", value)
        return {
            name: self.session.attrs.get(f"xnat:mrSessionData/fields/field[name={name}]/field") for name in VARIABLES
        }

    def upload_files(self):
        resource = self.scan.resource("NIFTI")
        for name in sorted(FILES):
            resource.file(name).put(str(self.inputs / "files" / name), format="", content="", tags="")
        return sorted(resource.files().get())

    def upload_directory(self):
        resource = self.session.resource("QC")
        for name in sorted(FOLDER):
            resource.file(name).put(str(self.inputs / "folder" / name), format="", content="", tags="")
        return sorted(resource.files().get())

    def read_back(self):
        demographics = [self.subject.attrs.get(f"{DEMOGRAPHICS}/{name}") for name in ("gender", "handedness", "yob")]
        session = [self.session.attrs.get(f"xnat:mrSessionData/{name}") for name in ("date", "note")]
        scan = [self.scan.attrs.get(f"xnat:mrScanData/{name}") for name in ("type", "quality", "series_description")]
        return {"demographics": demographics, "session": session, "scan": scan}

    def download_file(self):
        target = self.work / "single"
        self.scan.resource("NIFTI").file("b c.txt").get(str(target))
        return target.read_text()

    def download_scan(self):
        target = self.work / "scan"
        target.mkdir()
        self.scan.resource("NIFTI").get(str(target), extract=True)
        return tree(target)

    def share(self):
        self.subject.share(OTHER, label="S1_shared")
        self.session.share(OTHER, label="S1_MR_shared")
        other = self.interface.select.project(OTHER)
        return {
            "subjects": [item.label() for item in other.subjects()],
            "experiments": [item.label() for item in other.experiments()],
        }

    def search(self):
        columns = ["xnat:subjectData/SUBJECT_LABEL", "xnat:subjectData/PROJECT"]
        constraints = [("xnat:subjectData/SUBJECT_LABEL", "=", SUBJECT), "AND"]
        return self.interface.select("xnat:subjectData", columns).where(constraints).data

    def import_to_archive(self):
        return self._import("archive.zip", ARCHIVED, ARCHIVED_SESSION, "/archive")

    def import_to_prearchive(self):
        self._import("prearchive.zip", PREARCHIVED, PREARCHIVED_SESSION, "/prearchive")
        waiting = PreArchive(self.interface)
        triples = waiting.get()
        return {"folders": [triple[2] for triple in triples], "scans": waiting.get_scans(triples[0])}

    def _import(self, name, subject, session, destination):
        with (self.inputs / name).open("rb") as file:
            answer = self.interface.post(
                "/data/services/import",
                params={"project": PROJECT, "subject": subject, "session": session, "dest": destination},
                files={"file": (name, file, "application/zip")},
            )
        answer.raise_for_status()
        return answer.text.strip().rpartition("/")[2]

    def archive(self):
        waiting = PreArchive(self.interface)
        triple = waiting.get()[0]
        answer = self.interface.post(
            "/data/services/archive",
            params={"src": waiting.get_uri(triple), "subject": PREARCHIVED, "session": PREARCHIVED_SESSION},
        )
        answer.raise_for_status()
        return {"label": answer.text.strip().rpartition("/")[2], "left": len(waiting.get())}

    def delete(self):
        self.project.subject(GONE).delete()
        return sorted(item.label() for item in self.project.subjects())

    def users(self):
        self.project.add_user(READER, "member")
        return {"all": sorted(self.interface.manage.users()), "members": self.project.members()}


def main():
    url, user, password, inputs, work = arguments()
    warnings.simplefilter("ignore")
    with pyxnat.Interface(server=url, user=user, password=password) as interface:
        steps = Steps(interface, inputs, work)
        names = [
            name for name in vars(Steps) if not name.startswith("_") and not isinstance(vars(Steps)[name], property)
        ]
        Scenario({name: getattr(steps, name) for name in names}, detours=DETOURS).run()


if __name__ == "__main__":
    main()
