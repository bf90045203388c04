"""The story as a user of xnatctl tells it, command by command; run by xnatctl's own interpreter."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from story import (
    ARCHIVED,
    ARCHIVED_SESSION,
    ARCHIVED_STUDY,
    DATE,
    FILES,
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

COMMAND = Path(sys.executable).with_name("xnatctl")
SAVED = """<xdat:bundle xmlns:xdat="http://nrg.wustl.edu/security" ID="found" description="one subject"
 brief-description="one subject" allow-diff-columns="0" secure="1">
<xdat:root_element_name>xnat:subjectData</xdat:root_element_name>
<xdat:search_field><xdat:element_name>xnat:subjectData</xdat:element_name><xdat:field_ID>SUBJECT_LABEL</xdat:field_ID>
<xdat:sequence>0</xdat:sequence><xdat:type>string</xdat:type><xdat:header>Subject</xdat:header></xdat:search_field>
<xdat:search_where method="AND"><xdat:criteria override_value_formatting="0">
<xdat:schema_field>xnat:subjectData/label</xdat:schema_field><xdat:comparison_type>=</xdat:comparison_type>
<xdat:value>S1</xdat:value></xdat:criteria></xdat:search_where></xdat:bundle>
"""


DETOURS = {
    "create_project": "`project create` sends POST to the URL of the project, which takes GET, PUT and DELETE only",
    "import_to_archive": "a direct archive is built by a timer of the server; the story does not wait and asks for it",
    "upload_files": "with a label, `resource upload --scan` asks for /data/experiments/LABEL, where only ids are found",
}
"""Step -> why the client's own call does not do it."""


class Steps:
    """One method a step."""

    def __init__(self, url, user, password, inputs, work):
        self.password = password
        self.inputs = inputs
        self.work = work
        self.environment = {
            **os.environ,
            "XNAT_URL": url,
            "XNAT_USER": user,
            "XNAT_PASS": password,
            "XNATCTL_CONFIG": str(work / "config.yaml"),
            "HOME": str(work),
            "XNAT_NO_UPDATE_CHECK": "1",
            "CI": "1",
        }

    def _run(self, *words, given=None):
        done = subprocess.run(
            [str(COMMAND), *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            input=given,
        )
        if done.returncode != 0:
            raise SystemExit(f"xnatctl {' '.join(map(str, words))}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def _read(self, *words):
        return json.loads(self._run(*words, "-o", "json"))

    def _put(self, path, **parameters):
        words = [word for key, value in parameters.items() for word in ("--params", f"{key}={value}")]
        return self._run("api", "put", path, *words)

    def log_in(self):
        self._run("config", "init", "--url", self.environment["XNAT_URL"])
        return {"user": self._read("auth", "status")}

    def create_project(self):
        for name in (PROJECT, OTHER):
            self._put(f"/data/projects/{name}", name=name)
        return sorted(row["id"] for row in self._read("project", "list"))

    def create_subject(self):
        for label in (SUBJECT, GONE):
            self._put(f"/data/projects/{PROJECT}/subjects/{label}")
        return sorted(row["label"] for row in self._read("subject", "list", "-P", PROJECT))

    def create_session(self):
        self._put(f"/data/projects/{PROJECT}/subjects/{SUBJECT}/experiments/{SESSION}", xsiType="xnat:mrSessionData")
        rows = self._read("session", "list", "-P", PROJECT)
        return {"listed": [row["label"] for row in rows]}

    def _scan_path(self):
        return f"/data/projects/{PROJECT}/subjects/{SUBJECT}/experiments/{SESSION}/scans/{SCAN}"

    def create_scan(self):
        self._put(self._scan_path(), **{"xsiType": "xnat:mrScanData", "xnat:mrScanData/type": "T1"})
        return {"listed": [row["id"] for row in self._read("scan", "list", "-E", SESSION, "-P", PROJECT)]}

    def write_fields(self):
        subject = f"/data/projects/{PROJECT}/subjects/{SUBJECT}"
        values = {"gender": "female", "handedness": "left", "yob": "1980"}
        self._put(subject, **values)
        dated = {"xnat:mrSessionData/date": DATE, "xnat:mrSessionData/note": NOTE}
        self._put(f"{subject}/experiments/{SESSION}", **dated)
        described = {"xnat:mrScanData/quality": "usable", "xnat:mrScanData/series_description": SERIES}
        self._put(self._scan_path(), xsiType="xnat:mrScanData", **described)

    def custom_variables(self):
        pairs = [f"{name}={value}" for name, value in VARIABLES.items()]
        self._run("session", "vars", "set", "-E", SESSION, *pairs, "-P", PROJECT, "--yes")
        return self._read("session", "vars", "-E", SESSION, "-P", PROJECT)

    def upload_files(self):
        for name in sorted(FILES):
            self._run("resource", "upload", self._accession(), "NIFTI", self.inputs / "files" / name, "--scan", SCAN)
        return self._read("resource", "show", self._accession(), "NIFTI", "--scan", SCAN)

    def _accession(self):
        return next(row["id"] for row in self._read("session", "list", "-P", PROJECT) if row["label"] == SESSION)

    def upload_directory(self):
        self._run("resource", "upload", "-P", PROJECT, SESSION, "QC", self.inputs / "folder")
        return self._read("resource", "show", self._accession(), "QC")

    def read_back(self):
        subject = self._read("api", "get", f"/data/projects/{PROJECT}/subjects/{SUBJECT}", "--params", "format=json")
        session = self._read("session", "show", "-E", SESSION, "-P", PROJECT)
        return {"subject": subject, "session": session}

    def download_file(self):
        path = f"{self._scan_path()}/resources/NIFTI/files/b%20c.txt"
        return self._run("api", "get", path)

    def download_scan(self):
        target = self.work / "scan.zip"
        self._run("resource", "download", self._accession(), "NIFTI", "-f", target, "--scan", SCAN)
        with zipfile.ZipFile(target) as archive:
            return {name: archive.read(name).decode() for name in sorted(archive.namelist())}

    def share(self):
        self._run("subject", "share", SUBJECT, "-P", PROJECT, "--into", OTHER, "--label", "S1_shared", "--yes")
        self._run("session", "share", "-E", SESSION, "-P", PROJECT, "--into", OTHER, "--label", "S1_MR_shared", "--yes")
        return {
            "subjects": [row["label"] for row in self._read("subject", "list", "-P", OTHER)],
            "experiments": [row["label"] for row in self._read("session", "list", "-P", OTHER)],
        }

    def search(self):
        document = self.work / "search.xml"
        document.write_text(SAVED)
        self._run("api", "put", "/data/search/saved/found", "--file", document)
        return {"saved": self._read("search", "list"), "rows": self._read("search", "run", "found")}

    def import_to_archive(self):
        words = ("-P", PROJECT, "-S", ARCHIVED, "-E", ARCHIVED_SESSION)
        self._run("session", "upload", self.inputs / "archive.zip", *words)
        self._run("api", "post", f"/xapi/direct-archive/{PROJECT}/{ARCHIVED_STUDY}/{ARCHIVED_SESSION}")
        return {"scans": [row["id"] for row in self._read("scan", "list", "-E", ARCHIVED_SESSION, "-P", PROJECT)]}

    def import_to_prearchive(self):
        self._run("prearchive", "settings", "-P", PROJECT, "--set", "manual", "--yes")
        words = ("-P", PROJECT, "-S", PREARCHIVED, "-E", PREARCHIVED_SESSION, "--prearchive")
        self._run("session", "upload", self.inputs / "prearchive.zip", *words)
        return self._read("prearchive", "list", "--project", PROJECT)

    def archive(self):
        row = self._read("prearchive", "list", "--project", PROJECT)[0]
        words = ("--subject", PREARCHIVED, "--label", PREARCHIVED_SESSION)
        self._run("prearchive", "archive", PROJECT, row["timestamp"], row["folderName"], *words)
        return {"left": len(self._read("prearchive", "list", "--project", PROJECT))}

    def delete(self):
        self._run("subject", "delete", GONE, "-P", PROJECT, "--yes")
        return sorted(row["label"] for row in self._read("subject", "list", "-P", PROJECT))

    def users(self):
        self._run("project", "grant", PROJECT, READER, "--role", "member", "--yes")
        return {"all": self._read("admin", "user", "list"), "project": self._read("project", "users", PROJECT)}


def main():
    url, user, password, inputs, work = arguments()
    steps = Steps(url, user, password, inputs, work)
    names = [name for name in vars(Steps) if not name.startswith("_")]
    Scenario({name: getattr(steps, name) for name in names}, detours=DETOURS).run()


if __name__ == "__main__":
    main()
