"""Downloads of zip archives, kept as they are or unpacked into a folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
import time
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import attrs

from .downloads import open_download, receive
from .errors import CorruptArchiveError, TransferError, UnsafeNameError
from .names import safe_parts
from .partial import PartialFile, require_free
from .results import DirectoryResult, ExtractedFile, TransferResult
from .transfers.events import Observer
from .transfers.limits import Limits
from .transfers.meter import Meter, metered
from .transfers.places import Places
from .transfers.spelling import spelled
from .transfers.unzip import UnendedMemberError, ZipStream
from .transfers.zip_check import ZipCheck
from .transport import MIB, Request, Send

# Files from here on need sizes of 8 bytes in an archive that is written as they come.
_ZIP64 = 2**31 - 1
_BELOW_FILES = re.compile(r"/resources/[^/]+/files/(.+)")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError)


def download_zip(
    send: Send, request: Request, target: Path, *, overwrite: bool = False, progress: Observer | None = None
) -> TransferResult:
    """Write a zip archive to a file and return its size.

    It gets its final name only when every member had its CRC and the table of contents, which comes last, names what
    came: XNAT announces no length for an archive, and errors while it is sent only cut it off (rest-data 10.5).

    Args:
        send: Sends one request.
        request: The GET of the archive (``format=zip``).
        target: Path of the file; its folder must exist.
        overwrite: Whether an existing file may be replaced.
        progress: Told of what happens (`xnat_runtime.transfers.events`).

    Raises:
        TargetExistsError: The target exists and `overwrite` is not set; nothing was asked of the server.
        CorruptArchiveError: The archive is cut off, damaged or no zip.
        UnsafeNameError: A member would be unpacked outside of a folder, or cannot be a file.
        LoginPageError: The server sent its login page.
        ResponseError: The server refused.
    """
    with metered(progress, target.name) as meter, PartialFile(target, overwrite=overwrite) as partial:
        with ZipCheck() as check:
            done = _receive_zip(send, request, partial.stream, meter, check)
            check.finish()
        if check.is_open:
            _test(partial.stream, request)
        partial.finish()
    return attrs.evolve(done, path=target)


def download_dir(
    send: Send,
    request: Request,
    target: Path,
    *,
    overwrite: bool = False,
    progress: Observer | None = None,
    limits: Limits | None = None,
    flatten: bool = False,
) -> DirectoryResult:
    """Unpack a zip archive into a folder and return its files.

    All names are checked before the first file is written. Each file is written under a temporary name, compared with
    its CRC and then renamed: what stands under a final name is complete, after a failure too.

    Args:
        send: Sends one request.
        request: The GET of the archive (``format=zip``).
        target: The folder; it is created when it does not exist.
        overwrite: Whether existing files may be replaced.
        progress: Told of what happens (`xnat_runtime.transfers.events`).
        limits: What it may unpack to.
        flatten: Whether the folders down to that of the files (``label/resources/R/files``) are left out.

    Raises:
        TargetExistsError: A file exists and `overwrite` is not set; none was written.
        UnsafeNameError: A member would be written outside the folder or cannot be a file; none was written.
        CorruptArchiveError: The archive is cut off or damaged, or unpacks to more than it may; none was written then.
        LoginPageError: The server sent its login page.
        ResponseError: The server refused.
        TransferError: The disk has not enough room.
    """
    with metered(progress, request.path) as meter, _folder(target), _scratch(target) as stream:
        done = _receive_zip(send, request, stream, meter)
        with _opened(stream, request) as archive:
            _require_modest(archive, done.size, limits or Limits())
            files = tuple(_extract(archive, target, overwrite=overwrite, flatten=flatten))
    return DirectoryResult(target, done.size, files)


def append_zip(
    send: Send,
    request: Request,
    into: zipfile.ZipFile,
    *,
    place: tuple[str, ...],
    folder: Path,
    progress: Observer | None = None,
) -> int:
    """Copy the files of a zip archive of the server into another archive, and return the bytes that travelled.

    After a failure the other archive is as it was.

    Args:
        send: Sends one request.
        request: The GET of the archive (``format=zip``).
        into: The other archive, open for writing.
        place: Folders that the files go into, outermost first.
        folder: Where the archive is kept while it is copied.
        progress: Told of what happens (`xnat_runtime.transfers.events`).

    Raises:
        CorruptArchiveError: The archive is cut off or damaged.
        ResponseError: The server refused.
    """
    written: set[str] = set()
    with _taken_back(into):
        try:
            return _copied_members(send, request, into, place, written=written, progress=progress)
        except UnendedMemberError:
            pass
        with metered(progress, request.path) as meter, _scratch(folder) as stream:
            done = _receive_zip(send, request, stream, meter)
            with _opened(stream, request) as archive:
                for info in archive.infolist():
                    if not info.is_dir() and info.orig_filename not in written:
                        _append(archive, info, into, _entry(place, info.orig_filename))
        return done.size


@contextmanager
def _taken_back(into: zipfile.ZipFile) -> Generator[None, None, None]:
    """Take the members that the block has added out of an archive that is being written, when it raises."""
    begin, count = into.start_dir, len(into.filelist)
    try:
        yield
    except BaseException:
        if into.fp is not None:
            into.fp.seek(begin)
            into.fp.truncate()
        into.start_dir = begin
        for info in into.filelist[count:]:
            into.NameToInfo.pop(info.filename, None)
        del into.filelist[count:]
        raise


def _copied_members(
    send: Send,
    request: Request,
    into: zipfile.ZipFile,
    place: tuple[str, ...],
    *,
    written: set[str],
    progress: Observer | None,
) -> int:
    """Copy members as they arrive, without a file between."""
    with metered(progress, request.path) as meter, open_download(send, request) as response:
        meter.start(None)

        def read(size: int) -> bytes:
            piece = response.read(size)
            meter.advance(len(piece))
            return piece

        stream = ZipStream(read)
        for member in stream:
            if not member.is_folder:
                name = _entry(place, member.name)
                _require_new(member.name, written)
                copied = zipfile.ZipInfo(name, time.localtime()[:6])
                copied.compress_type = into.compression
                is_large = member.size is None or member.size >= _ZIP64
                with into.open(copied, "w", force_zip64=is_large) as target:
                    for piece in member.pieces():
                        target.write(piece)
        return stream.received


def _entry(place: tuple[str, ...], name: str) -> str:
    """Return the name of a file in the other archive; bytes that are no UTF-8 are escaped, archives hold none."""
    parts = safe_parts(name)
    try:
        name.encode()
    except UnicodeEncodeError:
        parts = spelled(parts)
    return "/".join((*place, *parts))


def _require_new(name: str, written: set[str]) -> None:
    if name in written:
        msg = f"The archive holds a name twice: {name!r}."
        raise CorruptArchiveError(msg)
    written.add(name)


def _append(archive: zipfile.ZipFile, info: zipfile.ZipInfo, into: zipfile.ZipFile, name: str) -> None:
    copied = zipfile.ZipInfo(name, info.date_time)
    copied.compress_type = into.compression
    try:
        with archive.open(info) as member, into.open(copied, "w", force_zip64=info.file_size >= _ZIP64) as target:
            shutil.copyfileobj(member, target, MIB)
    except _DAMAGE:
        msg = f"The archive is damaged at {info.filename!r}. Download again."
        raise CorruptArchiveError(msg) from None


def _receive_zip(
    send: Send, request: Request, stream: BinaryIO, meter: Meter, check: ZipCheck | None = None
) -> TransferResult:
    def write(piece: bytes) -> None:
        stream.write(piece)
        if check is not None:
            check.add(piece)

    with open_download(send, request) as response:
        done = receive(response, write, meter=meter)
    stream.flush()
    return done


def _test(stream: BinaryIO, request: Request) -> None:
    """Compare the members of an archive whose ends could not be seen while it arrived."""
    with _opened(stream, request) as archive:
        try:
            places = Places(Path("archive"))
            for info in archive.infolist():
                if not info.is_dir():
                    places.place(info.orig_filename)
            damaged = archive.testzip()
        except _DAMAGE:
            damaged = request.path
        if damaged is not None:
            msg = f"The archive is damaged at {damaged!r}. Download again."
            raise CorruptArchiveError(msg)


@contextmanager
def _scratch(folder: Path) -> Generator[BinaryIO, None, None]:
    # Beside the files, not in /tmp: that may be small, or a memory disk.
    with tempfile.NamedTemporaryFile(prefix=".xnat-", suffix=".part", dir=folder) as stream:
        # cast: the standard library declares a wrapper that does all that BinaryIO does.
        yield cast("BinaryIO", stream)


@contextmanager
def _folder(target: Path) -> Generator[None, None, None]:
    is_new = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # not empty: complete files stay
            if is_new:
                target.rmdir()
        raise


@contextmanager
def _opened(stream: BinaryIO, request: Request) -> Generator[zipfile.ZipFile, None, None]:
    try:
        archive = zipfile.ZipFile(stream)
    except (*_DAMAGE, OSError):
        size = stream.seek(0, os.SEEK_END)
        msg = f"{request.method} {request.path}: the {size} bytes received are no complete zip archive. Download again."
        raise CorruptArchiveError(msg) from None
    with archive:
        # The standard library looks at the last letter of names, and would fail on those that have none.
        nameless = [info.orig_filename for info in archive.infolist() if not info.filename]
        if nameless:
            msg = f"The archive holds a member without a name: {nameless[0]!r}."
            raise UnsafeNameError(msg, name=nameless[0])
        yield archive


def _extract(
    archive: zipfile.ZipFile, target: Path, *, overwrite: bool, flatten: bool = False
) -> Iterator[ExtractedFile]:
    members = [(info, _place(info, target, flatten=flatten)) for info in archive.infolist()]
    _require_single(members)
    _require_room(members, target)
    files = [(info, path) for info, path in members if not info.is_dir()]
    for _, path in files:
        if path.parent.is_dir():
            require_free(path, overwrite=overwrite)
    for info, path in members:
        (path if info.is_dir() else path.parent).mkdir(parents=True, exist_ok=True)
    for info, path in files:
        yield _extract_one(archive, info, path, overwrite=overwrite)


def _place(info: zipfile.ZipInfo, target: Path, *, flatten: bool = False) -> Path:
    # orig_filename: zipfile itself cuts names at NUL and turns separators, which would hide what is looked for.
    name = info.orig_filename
    parts = safe_parts(name.removesuffix("/") if info.is_dir() else name)
    if flatten and (below := _BELOW_FILES.search(name)) is not None:
        parts = safe_parts(below[1].removesuffix("/") if info.is_dir() else below[1])
    path = target.joinpath(*parts)
    if stat.S_ISLNK(info.external_attr >> 16):
        msg = f"The archive holds a symbolic link, which is not followed: {name!r}."
        raise UnsafeNameError(msg, name=name)
    if not path.resolve().is_relative_to(target.resolve()):
        msg = f"A link inside {target} leads out of it; the archive would be written elsewhere: {name!r}."
        raise UnsafeNameError(msg, name=name)
    return path


def _require_single(members: list[tuple[zipfile.ZipInfo, Path]]) -> None:
    seen: set[Path] = set()
    for info, path in members:
        if path in seen and not info.is_dir():
            msg = f"The archive holds a name twice: {info.filename!r}."
            raise CorruptArchiveError(msg)
        seen.add(path)


def _require_modest(archive: zipfile.ZipFile, received: int, limits: Limits) -> None:
    """Refuse bombs: no member can unpack to more than it announces, so that nothing needs to be tried."""
    members = archive.infolist()
    limits.check(unpacked=sum(info.file_size for info in members), received=received, members=len(members))


def _require_room(members: list[tuple[zipfile.ZipInfo, Path]], target: Path) -> None:
    needed = sum(info.file_size for info, _ in members)
    free = shutil.disk_usage(target).free
    if needed > free:
        msg = f"Unpacking needs {needed} bytes and the disk of {target} has {free} free. Choose another folder."
        raise TransferError(msg)


def _extract_one(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, *, overwrite: bool) -> ExtractedFile:
    with PartialFile(path, overwrite=overwrite) as partial:
        try:
            size, md5 = _copy(archive, info, partial)
        except _DAMAGE:
            msg = f"The archive is damaged at {info.filename!r}, which was not written. Download again."
            raise CorruptArchiveError(msg) from None
        partial.finish(durable=False)  # thousands of small files: waiting for the disk each time takes minutes
    return ExtractedFile(path, info.filename, size, md5)


def _copy(archive: zipfile.ZipFile, info: zipfile.ZipInfo, partial: PartialFile) -> tuple[int, str]:
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    with archive.open(info) as member:
        # zipfile compares the CRC when it reaches the end.
        while piece := member.read(MIB):
            partial.stream.write(piece)
            digest.update(piece)
            size += len(piece)
    if size != info.file_size:
        raise EOFError
    return size, digest.hexdigest()
