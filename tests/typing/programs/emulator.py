"""The embedded server in a user's own tests."""

from __future__ import annotations

from pathlib import Path

from xnat_emulator import Emulator, Fault, Journal, Mode, RequestRecord, Slow, build, faults, start
from xnat_emulator.build import BuiltProject, BuiltScan, BuiltSession, BuiltSubject, BuiltUser, DicomFile, SiteBuilder
from xnat_emulator.faults import HOSTILE_NAMES, ActiveFault, Effect, Faults

EFFECTS: list[Effect] = [
    faults.Drop(after=1, reset=True),
    faults.LoseReply("reset"),
    faults.Unavailable("3", status=502),
    faults.HostileLabels(HOSTILE_NAMES),
    faults.ImportRace("mixed"),
]


def site(folder: Path) -> Emulator:
    mode = Mode(version="1.9", slow=Slow(request_ms=0))
    return start(data=folder, mode=mode, faults=[Fault(effect, path="/x") for effect in EFFECTS])


def fill(builder: SiteBuilder) -> BuiltSession:
    project: BuiltProject = builder.project("P", {"name": "x"}, accessibility="public")
    user: BuiltUser = builder.user("carol")
    project.member(user, "owner")
    subject: BuiltSubject = project.subject("S", {"gender": "male"})
    return subject.pet_session("E", ["a", "b"], slices=1, fields={"note": "n"})


def use(server: Emulator) -> str:
    scan: BuiltScan = fill(server.build).scans[0]
    files: tuple[DicomFile, ...] = scan.dicom
    journal: Journal = server.requests
    records: list[RequestRecord] = [*journal, *journal[0:2]]
    active: ActiveFault = server.faults.add(Fault(faults.Drop(), method="PUT|POST", nth=2, count=1))
    every: Faults = server.faults
    upload: bytes = build.dicom_zip("CT", scans=2, header={"FlipAngle": 3.0})
    return f"{len(files)} {len(records)} {active.hits} {len(every)} {len(upload)} {scan.resource('R', {'a': b'1'})}"
