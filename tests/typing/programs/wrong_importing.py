"""Imports and the prearchive, used wrongly."""

from __future__ import annotations

from xnat_sdk import connect

with connect("https://xnat.example.org") as session:
    session.services.import_("study.zip", overwrite="everything")  # E
    session.services.import_("study.zip", trigger_pipeline=True)  # E
    session.services.import_(data="study.zip")  # E
    session.services.import_("study.zip", prearchive_code=7)  # E
    held = session.prearchive.sessions()[0]
    held.archive("replace")  # E
    held.set_status("_BUILDING")  # E
    print(held.status == "FINISHED")  # E
    held.scans["1"].quality  # E
    session.prearchive.find(status="DONE")  # E
    session.services.import_("study.zip").archive()  # E
