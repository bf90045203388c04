"""Transfers on a server that goes wrong at random, and what is compared after each of them.

Nothing here believes the client: what arrived is compared with what the archive was filled with, what was written is
read from the server's own store, and every write is counted there.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs

from xnat_emulator import Emulator
from xnat_emulator.build import BuiltProject, BuiltSession, dicom_files
from xnat_runtime.errors import AuthenticationError, XnatError
from xnat_runtime.transfers.options import TransferOptions
from xnat_sdk import RetryPolicy, XnatSession, connect

from .campaign_faults import EFFECTS, MISLEADING, READ_SECONDS, RENAMING, fault_of, turns_of

QUICK = RetryPolicy(attempts=4, base=0.01, cap=0.1)
OPTIONS = TransferOptions(retry=QUICK)


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@attrs.define
class Transfer:
    """One transfer.

    Attributes:
        number: Which one.
        kind: What is moved.
        faults: Names of the effects that disturb it.
        folder: A folder of its own.
        chance: What decides within it.
        error: What it raised, None when it returned.
    """

    number: int
    kind: str
    faults: tuple[str, ...]
    folder: Path
    chance: random.Random
    error: Exception | None = None

    def __str__(self) -> str:
        return f"#{self.number} {self.kind} with {'+'.join(self.faults)}: {self.error!r}"


class Store:
    """The server's own store, read and counted without asking the server."""

    def __init__(self, server: Emulator) -> None:
        self._archive = server.site.archive
        self.puts: Counter[tuple[int, str]] = Counter()
        self.created: Counter[str] = Counter()
        self._count_files()
        self._count_items()

    def _count_files(self) -> None:
        put = self._archive.files.put

        def counted(resource: int, path: str, *others: Any) -> None:  # Any: handed on as they are
            self.puts[resource, path] += 1
            put(resource, path, *others)

        self._archive.files.put = counted  # type: ignore[method-assign]  # to count what reaches the store

    def _count_items(self) -> None:
        create = self._archive.create

        def counted(kind: str, xsi_type: str, patch: Any, change: Any) -> Any:  # Any: handed on as they are
            item = create(kind, xsi_type, patch, change)
            if kind == "experiment":
                self.created[item.node.text("label")] += 1
            return item

        self._archive.create = counted  # type: ignore[method-assign]  # as above

    def files(self, resource: int) -> dict[str, str]:
        """Return path -> MD5 of the files of a resource."""
        return {row.path: row.blob.digest for row in self._archive.files.of(resource)}

    def sessions(self, label: str) -> list[int]:
        """Return how many files each session of a label has."""
        found: list[int] = []
        for item in self._archive.items.all("experiment"):
            if item.node.text("label") == label:
                scans = self._archive.items.owned(item, "scan")
                resources = [one for scan in scans for one in self._archive.items.owned(scan, "resource")]
                found.append(sum(len(self._archive.files.of(one.row)) for one in resources))
        return found

    def project(self, label: str) -> dict[str, str]:
        """Return path -> MD5 of the files of scans of a project, and how often each was written."""
        found: dict[str, str] = {}
        for item in self._archive.items.in_project("experiment", label):
            for scan in self._archive.items.owned(item, "scan"):
                for one in self._archive.items.owned(scan, "resource"):
                    found |= {f"{item.row}/{scan.id}/{path}": made for path, made in self.files(one.row).items()}
        return found

    def value(self, kind: str, project: str, label: str, path: str) -> str | None:
        """Return a value of an item, None when there is no such item."""
        item = self._archive.items.by_label(kind, project, label)
        return None if item is None else item.node.text(path)

    def upload_row(self, project: str, subject: str) -> int:
        """Return the row of the one resource of a subject."""
        item = self._archive.items.by_label("subject", project, subject)
        assert item is not None
        (resource,) = self._archive.items.owned(item, "resource")
        return resource.row


class Campaign:
    """Moves things, one after the other, and takes down what is wrong.

    Attributes:
        problems: What is wrong: corrupt files, lost ones, writes done twice, errors of another kind.
        returned: Transfers by kind that came to their end.
        reported: Transfers by kind that raised, by the name of the error.
        hits: Requests that were disturbed, by kind and effect.
        resumed: Transfers by kind that were made again after they had failed.
    """

    def __init__(self, server: Emulator, folder: Path, seed: int) -> None:
        self.problems: list[str] = []
        self.returned: Counter[str] = Counter()
        self.reported: Counter[tuple[str, str]] = Counter()
        self.hits: Counter[tuple[str, str]] = Counter()
        self.resumed: Counter[str] = Counter()
        self._server = server
        self._folder = folder
        self._chance = random.Random(seed)
        self._project = server.build.project("C")
        self._truth: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self._imaging = self._filled(self._project)
        self._filled(server.build.project("M"))
        self.store = Store(server)
        self._connection: XnatSession | None = None

    def _filled(self, project: BuiltProject) -> BuiltSession:
        imaging = project.subject("S").mr_session("E", scans=["localizer", "T1", "T2"], slices=6)
        for scan in imaging.scans:
            for file in scan.dicom:
                self.contents[file.name] = file.data
        notes = {f"note {n}.txt": f"{n}\n".encode() * (n * n * 90) for n in range(12)} | {"empty.txt": b""}
        self.contents |= notes
        self._truth = {name: md5(data) for name, data in self.contents.items()}
        imaging.scans[0].resource("NOTES", notes)
        return imaging

    def run(self, transfers: int, kinds: Kinds) -> None:
        """Make so many transfers; every kind meets every effect that can disturb it before any meets one again."""
        self._kinds = kinds
        for number, (kind, effect) in zip(range(transfers), turns_of(kinds, self._chance), strict=False):
            chosen = {effect}
            if self._chance.random() < 0.3:
                chosen.add(self._chance.choice(sorted(EFFECTS)))
            folder = self._folder / f"{number:05d}"
            self._one(Transfer(number, kind, tuple(sorted(chosen)), folder, random.Random(self._chance.random())))
        if self._connection is not None:
            self._connection.close()

    def _one(self, transfer: Transfer) -> None:
        transfer.folder.mkdir()
        move, check = self._kinds[transfer.kind].plan(self, transfer)
        active = [self._server.faults.add(fault_of(name, transfer.chance)) for name in transfer.faults]
        try:
            move()
        except XnatError as error:
            transfer.error = error
            self.reported[transfer.kind, type(error).__name__] += 1
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            transfer.error = error
            self._wrong(transfer, "raised an error of another kind")
        else:
            self.returned[transfer.kind] += 1
        finally:
            self._server.faults.clear()
        for name, each in zip(transfer.faults, active, strict=True):
            self.hits[transfer.kind, name] += each.hits
        for what in check():
            self._wrong(transfer, what)
        if self._can_resume(transfer):
            self._resume(transfer, move, check)
        if isinstance(transfer.error, AuthenticationError):
            self._leave()
        if self._wrong_beside(transfer.folder):
            self._wrong(transfer, f"left something beside its folder: {self._wrong_beside(transfer.folder)}")
        _remove(transfer.folder)

    def _can_resume(self, transfer: Transfer) -> bool:
        is_over = transfer.error is None or isinstance(transfer.error, AuthenticationError)
        return self._kinds[transfer.kind].goes_on and not is_over and not MISLEADING & set(transfer.faults)

    def _resume(self, transfer: Transfer, move: Callable[[], object], check: Callable[[], list[str]]) -> None:
        """Make a transfer again that failed, undisturbed: it goes on, and comes to its end."""
        self.resumed[transfer.kind] += 1
        first = transfer.error
        transfer.error = None
        try:
            move()
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            transfer.error = error
            self._wrong(transfer, f"could not go on after {first!r}")
        for what in check():
            self._wrong(transfer, f"when it was made again: {what}")

    def _wrong_beside(self, folder: Path) -> list[str]:
        return [path.name for path in self._folder.iterdir() if path != folder]

    def _wrong(self, transfer: Transfer, what: str) -> None:
        self.problems.append(f"{transfer}: {what}")

    @property
    def connection(self) -> XnatSession:
        """The connection; a new one when the last login was refused."""
        if self._connection is None:
            self._connection = connect(
                self._server.url, self._server.user, self._server.password, read_timeout=READ_SECONDS, retry=QUICK,
                keepalive=False,
            )  # fmt: skip
        return self._connection

    def _leave(self) -> None:
        if self._connection is not None:
            with suppress(XnatError):  # the login is over, which is why
                self._connection.close()
            self._connection = None

    # What is moved, and how it is compared

    def download(self, transfer: Transfer, move: Callable[[Path], object], wanted: Mapping[str, str]) -> Plan:
        """Return a download into a folder of files by name and MD5, and its comparison."""
        target = transfer.folder / "out"

        def check() -> list[str]:
            return self.compare(transfer, _tree(target), wanted)

        return lambda: move(target), check

    def compare(self, transfer: Transfer, found: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
        """Return what is wrong with files by path and MD5."""
        wrong: list[str] = []
        is_renaming = bool(RENAMING & set(transfer.faults))
        for path, digest in found.items():
            name = path.rpartition("/")[2]
            fits = digest in self._truth.values() if is_renaming else self._truth.get(name) == digest
            if name.endswith(".part") or not fits:
                wrong.append(f"left {path}, which is not what the server has")
        if transfer.error is None and not is_renaming:
            names = {path.rpartition("/")[2] for path in found}
            wrong.extend(f"lost {name}" for name in wanted if name not in names)
        elif transfer.error is None and not set(wanted.values()) <= set(found.values()):
            wrong.append("lost files, and said nothing")
        return wrong

    @property
    def imaging(self) -> Any:  # Any: what the class of the data type is does not matter here
        """The imaging session, as nobody has asked of it yet."""
        return self.connection.create_object(self._imaging.uri)

    def scan_files(self, position: int) -> dict[str, str]:
        """Return name -> MD5 of the images of a scan."""
        return {file.name: md5(file.data) for file in self._imaging.scans[position].dicom}

    @property
    def notes(self) -> dict[str, str]:
        """Name -> MD5 of the files of the resource NOTES."""
        return {name: digest for name, digest in self._truth.items() if name.endswith(".txt")}

    @property
    def truth(self) -> dict[str, str]:
        """Name -> MD5 of all files of the session's scans."""
        return self._truth

    def upload(self, transfer: Transfer, move: Callable[[Any, Path], object], files: Mapping[str, bytes]) -> Plan:
        """Return an upload of files into a new resource, and its comparison with the server's store."""
        subject = f"U{transfer.number}"
        uri = self._project.subject(subject).resource("UP", {})
        resource, row = self.connection.create_object(uri), self.store.upload_row("C", subject)
        source = transfer.folder / "source"
        for name, data in files.items():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes(data)
        wanted = {name: md5(data) for name, data in files.items()}

        def check() -> list[str]:
            found = self.store.files(row)
            wrong = [f"the server has {name} with other bytes" for name in found if found[name] != wanted.get(name)]
            if transfer.error is None:
                wrong.extend(f"lost {name}" for name in wanted if name not in found)
            twice = [path for (owner, path), count in self.store.puts.items() if owner == row and count > 1]
            return [*wrong, *(f"wrote {path} twice" for path in twice)]

        return lambda: move(resource, source), check

    def add_subject(self, label: str) -> None:
        """Add a subject without values."""
        self._project.subject(label)

    def settle(self) -> None:
        """Wait until the server works at nothing."""
        self._server.settle()

    def imported(self, transfer: Transfer, *, is_gradual: bool) -> Plan:
        """Return an import of one imaging session into the archive, and its comparison with the server's store."""
        label = f"I{transfer.number}"
        services, source = self.connection.services, transfer.folder / "source"
        said = {"project": "C", "subject": label, "experiment": label, "destination": "/archive"}
        source.mkdir()
        for file in dicom_files("MR", project="C", subject=label, session=label, scans=2, slices=2):
            (source / file.name).write_bytes(file.data)

        def move() -> object:
            if is_gradual:
                return services.import_gradual(source, **said, options=OPTIONS, state=transfer.folder / "state")
            return services.import_dir(source, **said, timeout=READ_SECONDS)

        def check() -> list[str]:
            self._server.settle()
            counts = self.store.sessions(label)
            wrong = [f"left {count} files of 4" for count in counts if count != 4]
            if transfer.error is None and counts != [4]:
                wrong.append(f"returned, and the server has {counts}")
            if self.store.created[label] > 1:
                wrong.append("imported twice")
            return wrong

        return move, check


Plan = tuple[Callable[[], object], Callable[[], list[str]]]
"""Makes a transfer, and returns what is wrong then."""


@attrs.frozen
class Kind:
    """A kind of transfer.

    Attributes:
        plan: Makes one ready.
        goes_on: Whether one that failed goes on when it is made again.
    """

    plan: Callable[[Campaign, Transfer], Plan]
    goes_on: bool = False


Kinds = Mapping[str, Kind]


def _tree(folder: Path) -> dict[str, str]:
    """Return path -> MD5 of what a download left, without what is its own: journal and manifest."""
    paths = [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []
    own = (".xnat-transfer", ".xnat-mirror", "manifest.json")
    return {
        path.relative_to(folder).as_posix(): md5(path.read_bytes()) for path in paths if not path.name.startswith(own)
    }


def _remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    folder.rmdir()
