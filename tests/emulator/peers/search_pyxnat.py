"""Searches with pyxnat against the archive of ``search_documents.fill``; prints what it found as JSON."""

from __future__ import annotations

import json
import sys
from typing import Any

import pyxnat

MR = "xnat:mrSessionData"
SUBJECT = "xnat:subjectData"


def rows(table: Any) -> list[dict[str, str]]:
    return sorted(table.data, key=str)


def main(server: str, user: str, password: str) -> None:
    interface = pyxnat.Interface(server=server, user=user, password=password)
    own = (f"{MR}/PROJECT", "=", "SEARCHED")
    columns = [f"{MR}/SESSION_ID", f"{MR}/PROJECT", f"{MR}/SUBJECT_LABEL", f"{MR}/MR_SCAN_COUNT_AGG"]
    sessions = interface.select(MR, columns)
    search = interface.manage.search
    search.save("heavy ones", MR, columns, [own, (f"{MR}/dcmPatientWeight", ">", "100"), "AND"], "public", "by weight")
    search.save_template("labelled", MR, columns, [(f"{MR}/SUBJECT_LABEL", "=", "who"), "AND"])
    found = {
        "where": rows(sessions.where([own, "AND"])),
        "nested": rows(
            sessions.where([own, [(f"{MR}/DATE", ">", "2021-01-01"), (f"{MR}/DATE", "<", "2019-01-01"), "OR"], "AND"])
        ),
        "subjects": rows(
            interface.select(SUBJECT, [f"{SUBJECT}/SUBJECT_LABEL", f"{SUBJECT}/PROJECT"]).where(
                [(f"{SUBJECT}/SUBJECT_LABEL", "LIKE", "*ri*"), ("xnat:projectData/ID", "=", "SEARCHED"), "AND"]
            )
        ),
        "all": len(interface.select(SUBJECT, [f"{SUBJECT}/SUBJECT_LABEL"]).all()),
        "experiments": rows(
            interface.array.search_experiments(
                project_id="SEARCHED", subject_label="symmetric", experiment_type=MR, columns=[f"{MR}/SESSION_ID"]
            )
        ),
        "saved": search.saved(with_description=True),
        "templates": search.saved_templates(),
        "results": rows(search.get("heavy_ones")),
        "query": search.get("heavy_ones", "query"),
        "by_query": rows(sessions.where(query="heavy_ones")),
        "datatypes": interface.inspect.datatypes("xnat:mr*"),
        "fields": interface.inspect.datatypes(MR, "SCAN_COUNT_L*"),
    }
    search.delete("heavy_ones")
    search.delete_template("labelled")
    found["left"] = search.saved()
    print(json.dumps(found))
    interface.disconnect()


if __name__ == "__main__":
    main(*sys.argv[1:])
