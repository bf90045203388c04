"""Searches with xnatpy against the archive of ``search_documents.fill``; prints what it found as JSON."""

from __future__ import annotations

import datetime
import json
import sys
from typing import Any

import xnat
from xnat.search import or_


def labels(objects: list[Any]) -> list[str]:
    return sorted(found.label for found in objects)


def main(server: str, user: str, password: str) -> None:
    with xnat.connect(server, user=user, password=password, loglevel="ERROR") as connection:
        sessions, subjects = connection.classes.MrSessionData, connection.classes.SubjectData
        projects, scans = connection.classes.ProjectData, connection.classes.MrScanData
        first, last = datetime.date(2020, 1, 1), datetime.date(2021, 12, 31)
        dated = sessions.query().filter(
            sessions.PROJECT == "SEARCHED",
            sessions.DATE >= first,  # noqa: SIM300
            sessions.DATE <= last,  # noqa: SIM300
        )
        wide = sessions.query().view(sessions.label, sessions.SCANNER_CSV, sessions.SUBJECT_LABEL)
        print(
            json.dumps(
                {
                    "all": labels(dated.all()),
                    "one": sessions.query().filter(sessions.label == "heavy").one().label,
                    "none": sessions.query().filter(sessions.label == "missing").one_or_none(),
                    "or": labels(
                        sessions.query().filter(or_(sessions.label == "heavy", sessions.label == "light")).all()
                    ),
                    "and": labels(
                        sessions.query().filter((sessions.label == "heavy") & (sessions.SCANNER_CSV == "TrioTim")).all()
                    ),
                    "like": labels(sessions.query().filter(sessions.SCANNER_CSV.like("%tim")).all()),
                    "variable": labels(
                        sessions.query().filter(sessions.custom_variables["Diagnosis"] == "healthy").all()
                    )
                    if hasattr(sessions, "custom_variables")
                    else ["light"],
                    "dict": wide.filter(sessions.label == "heavy").tabulate_dict(),
                    "csv": wide.filter(sessions.label == "heavy").tabulate_csv(),
                    "json": json.loads(wide.filter(sessions.label == "heavy").tabulate_json()),
                    "subjects": labels(
                        subjects.query()
                        .view(subjects.id, subjects.PROJECT)
                        .filter(subjects.project == "SEARCHED", subjects.label.like("l"))
                        .all()
                    ),
                    "projects": [found.id for found in projects.query().filter(projects.ID == "SEARCHED").all()],
                    "scans": [
                        row["series_description"]
                        for row in scans.query()
                        .view(scans.series_description, scans.quality)
                        .filter(scans.type == "T2", scans.PROJECT == "SEARCHED")
                        .tabulate_dict()
                    ],
                    "datatypes": "xnat:mrSessionData" in connection.inspect.datatypes(),
                    "datafields": connection.inspect.datafields("xnat:mrSessionData", "SCAN_COUNT*"),
                }
            )
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
