"""What the campaign moves: every way that files travel, and changes of items."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs
from contract.imaging import study, zipped

from .campaign import OPTIONS, Campaign, Kind, Plan, Transfer, md5
from .campaign_faults import READ_SECONDS

FILES = attrs.evolve(OPTIONS, strategy="files")


def _small(chance: random.Random) -> dict[str, bytes]:
    names = ["a.txt", "b c.txt", "d/e.bin", "d/ä.bin", "empty"]
    return {name: b"" if name == "empty" else chance.randbytes(chance.randint(1, 60_000)) for name in names}


def _folder(move: Callable[[Campaign, Path], object], wanted: Callable[[Campaign], Mapping[str, str]]) -> Kind:
    """Return a download into a folder, which goes on when it is made again."""

    def plan(campaign: Campaign, transfer: Transfer) -> Plan:
        return campaign.download(transfer, lambda target: move(campaign, target), wanted(campaign))

    return Kind(plan, goes_on=True)


def _note(move: Callable[[Campaign, Any, Path], object]) -> Kind:
    """Return a download of one file, by whatever way."""

    def plan(campaign: Campaign, transfer: Transfer) -> Plan:
        resource = campaign.imaging.scans["1"].resources["NOTES"]
        name = transfer.chance.choice(sorted(campaign.notes))
        file = resource.files[name]

        def fetch(target: Path) -> object:
            target.mkdir(exist_ok=True)
            return move(campaign, file, target / name)

        made, check = campaign.download(transfer, fetch, {name: campaign.notes[name]})
        return made, check

    return Kind(plan, goes_on=True)


def _streamed(campaign: Campaign, file: Any, target: Path) -> None:
    """Write a stream: what stands in it after a failure is the beginning of the file."""
    buffer = io.BytesIO()
    try:
        campaign.connection.download_stream(file.uri, buffer, expected_md5_digest=md5(campaign.contents[target.name]))
    finally:
        if not campaign.contents[target.name].startswith(buffer.getvalue()):
            target.write_bytes(b"wrong" + buffer.getvalue())
    target.write_bytes(buffer.getvalue())


def _opened(_: Campaign, file: Any, target: Path) -> None:
    with file.open() as remote:
        content = remote.read()
    target.write_bytes(content)


def _archive(item: Callable[[Campaign], Any], wanted: Callable[[Campaign], Mapping[str, str]]) -> Kind:
    def plan(campaign: Campaign, transfer: Transfer) -> Plan:
        owner, target = item(campaign), transfer.folder / "files.zip"

        def check() -> list[str]:
            if not target.exists():
                return [] if transfer.error is not None else ["lost the archive"]
            with zipfile.ZipFile(io.BytesIO(target.read_bytes())) as archive:
                try:
                    found = {info.filename: md5(archive.read(info)) for info in archive.infolist() if not info.is_dir()}
                except zipfile.BadZipFile:
                    return ["left a damaged archive"]
            return campaign.compare(transfer, found, wanted(campaign))

        return lambda: owner.download(target), check

    return Kind(plan, goes_on=True)


def _upload(
    move: Callable[[Campaign, Transfer, Any, Path], object],
    files: Callable[[random.Random], Mapping[str, bytes]],
    *,
    goes_on: bool = False,
) -> Kind:
    def plan(campaign: Campaign, transfer: Transfer) -> Plan:
        return campaign.upload(
            transfer,
            lambda resource, source: move(campaign, transfer, resource, source),
            files(transfer.chance),
        )

    return Kind(plan, goes_on=goes_on)


def _folder_upload(method: str) -> Kind:
    def move(_: Campaign, transfer: Transfer, resource: Any, source: Path) -> object:
        return resource.upload_dir(source, method=method, options=OPTIONS, state=transfer.folder / "state")

    return _upload(move, _small, goes_on=True)


def _x(chance: random.Random) -> dict[str, bytes]:
    return {"x.bin": chance.randbytes(50_000)}


def _copied(campaign: Campaign, transfer: Transfer) -> Plan:
    source, wanted = campaign.connection.projects["M"], campaign.store.project("M")
    label = f"N{transfer.number}"

    def move() -> object:
        return source.copy_to(campaign.connection, label, name=label, options=OPTIONS, state=transfer.folder / "state")

    def check() -> list[str]:
        found = campaign.store.project(label)
        rest = {path.partition("/")[2]: made for path, made in wanted.items()}
        there = {path.partition("/")[2]: made for path, made in found.items()}
        wrong = [f"the server has {path} with other bytes" for path in there if there[path] != rest.get(path)]
        if transfer.error is None and there != rest:
            wrong.append(f"lost {sorted(set(rest) - set(there))}")
        return wrong + (["copied twice"] if len(found) != len(there) else [])

    return move, check


def _archived(campaign: Campaign, transfer: Transfer) -> Plan:
    label = f"A{transfer.number}"
    data = zipped(study(uid=f"1.9.{transfer.number}", PatientID=label))
    held = campaign.connection.services.import_(
        data=data, project="C", subject=label, experiment=label, destination="/prearchive"
    )

    def check() -> list[str]:
        campaign.settle()
        counts = campaign.store.sessions(label)
        wrong = [f"left {count} files of 2" for count in counts if count != 2]
        if transfer.error is None and counts != [2]:
            wrong.append(f"returned, and the server has {counts}")
        return wrong + (["archived twice"] if campaign.store.created[label] > 1 else [])

    def move() -> object:
        held.refresh()
        return held.archive(timeout=READ_SECONDS)

    return move, check


def _edited(campaign: Campaign, transfer: Transfer) -> Plan:
    label = f"D{transfer.number}"
    campaign.add_subject(label)
    subject = campaign.connection.projects["C"].subjects[label]

    def move() -> None:
        with subject.edit() as item:
            item.initials, item.group = "A & B", "g"

    def check() -> list[str]:
        found = tuple(campaign.store.value("subject", "C", label, path) for path in ("initials", "group"))
        if found in {("A & B", "g"), ("", "")} and (transfer.error is not None or found[0]):
            return []
        return [f"changed to {found}"]

    return move, check


def _deleted(campaign: Campaign, transfer: Transfer) -> Plan:
    label = f"X{transfer.number}"
    campaign.add_subject(label)
    subject = campaign.connection.projects["C"].subjects[label]

    def check() -> list[str]:
        is_there = campaign.store.value("subject", "C", label, "label") is not None
        return ["did not delete it, and said nothing"] if is_there and transfer.error is None else []

    return lambda: subject.delete(remove_files=True), check


KINDS: Mapping[str, Kind] = {
    "session to a folder": _folder(lambda campaign, target: campaign.imaging.download_dir(target), lambda c: c.truth),
    "session, file by file": _folder(
        lambda campaign, target: campaign.imaging.download_dir(target, options=FILES), lambda c: c.truth
    ),
    "scan to a folder": _folder(
        lambda campaign, target: campaign.imaging.scans["2"].download_dir(target), lambda c: c.scan_files(1)
    ),
    "resource to a folder": _folder(
        lambda campaign, target: campaign.imaging.scans["1"].resources["NOTES"].download_dir(target),
        lambda c: c.notes,
    ),
    "mirror": _folder(
        lambda campaign, target: campaign.connection.projects["M"].mirror(target, options=OPTIONS), lambda c: c.truth
    ),
    "file": _note(lambda _, file, target: file.download(target)),
    "file by path": _note(
        lambda campaign, file, target: campaign.connection.download(
            file.uri, target, expected_md5_digest=md5(campaign.contents[target.name])
        )
    ),
    "stream by path": _note(_streamed),
    "open file": _note(_opened),
    "zip": _archive(lambda c: c.imaging.scans["2"], lambda c: c.scan_files(1)),
    "zip of a project": _archive(lambda c: c.connection.projects["M"], lambda c: c.truth),
    "upload of a file": _upload(lambda _, __, resource, source: resource.upload(source / "x.bin", "x.bin"), _x),
    "upload by path": _upload(
        lambda campaign, _, resource, source: campaign.connection.upload(
            f"{resource.uri}/files/x.bin", source / "x.bin"
        ),
        _x,
    ),
    "upload of bytes": _upload(
        lambda _, __, resource, ___: resource.upload_data(b"text", "x.txt"), lambda _: {"x.txt": b"text"}
    ),
    **{f"upload of a folder by {method}": _folder_upload(method) for method in ("per_file", "tar", "tgz", "zip")},
    "import": Kind(lambda campaign, transfer: campaign.imported(transfer, is_gradual=False)),
    "import file by file": Kind(lambda campaign, transfer: campaign.imported(transfer, is_gradual=True), goes_on=True),
    "archiving": Kind(_archived),
    "copy of a project": Kind(_copied, goes_on=True),
    "edit of an item": Kind(_edited),
    "deletion of an item": Kind(_deleted),
}
"""What is moved."""
