"""Paths that people type: ``sandbox/test001/test001_MR/2/DICOM``, with the names of levels where they like them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, cast
from urllib.parse import unquote

import attrs

from ..errors import InvalidValueError, NotFoundError, ServerError
from ..objects import XnatObject
from ..paths import segment
from .near import near

if TYPE_CHECKING:
    from ..listings import Listing
    from ..session import BaseSession


class Level(NamedTuple):
    """What lies below an item of a kind.

    Attributes:
        xsi_type: The type that every item of the kind has or extends; "" for the site.
        below: Name of a collection -> kind of its items. The first is meant when a path names none.
    """

    xsi_type: str
    below: dict[str, str]


LEVELS: Final = {
    "site": Level(
        "", {"projects": "project", "subjects": "subject", "experiments": "experiment", "sessions": "experiment"}
    ),
    "project": Level(
        "xnat:projectData",
        {
            "subjects": "subject", "experiments": "experiment", "sessions": "experiment", "scans": "scan",
            "assessors": "assessor", "resources": "resource", "files": "file",
        },
    ),
    "subject": Level(
        "xnat:subjectData",
        {"experiments": "experiment", "sessions": "experiment", "resources": "resource", "files": "file"},
    ),
    "experiment": Level(
        "xnat:imageSessionData",
        {
            "scans": "scan", "assessors": "assessor", "reconstructions": "reconstruction", "resources": "resource",
            "files": "file",
        },
    ),
    "scan": Level("xnat:imageScanData", {"resources": "resource", "files": "file"}),
    "assessor": Level(
        "xnat:imageAssessorData",
        {"resources": "resource", "in_resources": "resource", "out_resources": "resource", "files": "file"},
    ),
    "reconstruction": Level(
        "xnat:reconstructedImageData", {"out_resources": "resource", "in_resources": "resource"}
    ),
    "resource": Level("xnat:resourceCatalog", {"files": "file"}),
}  # fmt: skip

# How a collection is called in a path of the REST API, where that differs.
_IN_PATHS: Final = {"sessions": "experiments", "in_resources": "in/resources", "out_resources": "out/resources"}


@attrs.frozen
class Place:
    """What a path names.

    Attributes:
        kind: Kind of the item: a key of `LEVELS`.
        uri: Path of the item on the server; "" for the site.
        collection: The collection of the item that is named, "" when the item itself is.
        file: Path of a file below the resource, "" for none.
    """

    kind: str
    uri: str
    collection: str = ""
    file: str = ""


def place_of(session: BaseSession, text: str) -> Place:
    """Returns what a path names; asks the server for the ID of an experiment that was named below its project alone.

    Args:
        session: The connection.
        text: A path of labels or IDs, a path of the REST API (``/data/...``), or a URL of the connected server.

    Raises:
        InvalidValueError: It names nothing that there is.
        ForeignUrlError: It is a URL of another server.
        NotFoundError: The experiment does not exist.
    """
    words = words_of(session, text)
    kind, uri = "site", ""
    while words:
        if kind == "resource":
            return _file(words, uri)
        below = LEVELS[kind].below
        named = words[0] in below
        collection = words.pop(0) if named else next(iter(below))
        if not words or collection == "files":
            return _end(kind, uri, collection, words)
        uri = _below(session, kind, uri, collection) + segment(words.pop(0))
        kind = below[collection]
    return Place(kind, uri)


def words_of(session: BaseSession, text: str) -> list[str]:
    """Returns the words of a path, decoded; without ``data`` and ``archive``.

    Raises:
        ForeignUrlError: It is a URL of another server.
    """
    if text.startswith("/") or "://" in text:
        path = session._resolve(text).path  # pyright: ignore[reportPrivateUsage]  # the runtime's own
        words = [unquote(word) for word in path.split("/") if word]
        for prefix in ("data", "REST", "archive"):
            words = words[1:] if words[:1] == [prefix] else words
        return _joined(words)
    return _joined([word for word in text.split("/") if word])


def _joined(words: list[str]) -> list[str]:
    """Returns the words with ``out/resources`` as one."""
    text = "\0".join(words)
    for way in ("in", "out"):
        text = text.replace(f"\0{way}\0resources", f"\0{way}_resources")
    return text.split("\0") if text else []


def _end(kind: str, uri: str, collection: str, words: list[str]) -> Place:
    if collection == "files" and words:
        msg = f"files/{'/'.join(words)}: a file is named below its resource, such as .../resources/DICOM/{words[-1]}"
        raise InvalidValueError(msg)
    return Place(kind, uri, collection)


def _file(words: list[str], uri: str) -> Place:
    below = words[1:] if words[0] == "files" else words
    return Place("resource", uri, "" if below else "files", "/".join(below))


def _below(session: BaseSession, kind: str, uri: str, collection: str) -> str:
    # Below /data/projects/P/experiments/E XNAT knows nothing and answers the experiment itself (rest-data 1.3).
    if kind == "experiment" and "/subjects/" not in uri and uri.startswith("/data/projects/"):
        uri = session.create_object(uri).__xnat_base__()
    return f"{uri or '/data'}/{_IN_PATHS.get(collection, collection)}/"


def item_at(session: BaseSession, text: str) -> XnatObject:
    """Returns the item that a path names; nothing is loaded before a field is read.

    Raises:
        InvalidValueError: It names no item.
    """
    place = place_of(session, text)
    if place.collection or place.file or place.kind == "site":
        msg = f"{text!r} is no item: name one, such as project/subject/session"
        raise InvalidValueError(msg)
    return unloaded(session, place)


def object_at(session: BaseSession, text: str) -> XnatObject:
    """Returns the item that a path names, loaded, with its own class: one request.

    Raises:
        InvalidValueError: It names no item.
        NotFoundError: There is none.
    """
    return _found(session, item_at(session, text).uri, text)


def listing_at(session: BaseSession, text: str) -> Listing[XnatObject]:
    """Returns the listing that a path names: a collection, or the first one of an item, such as a session's scans.

    Raises:
        InvalidValueError: It names neither.
    """
    place = place_of(session, text)
    if place.file:
        msg = f"{text!r} is a file: nothing is below it"
        raise InvalidValueError(msg)
    collection = place.collection or next(iter(LEVELS[place.kind].below))
    owner: object = session if place.kind == "site" else unloaded(session, place)
    return cast("Listing[XnatObject]", getattr(owner, collection))


@contextmanager
def explained(session: BaseSession, text: str) -> Generator[None]:
    """Tells of a path that leads nowhere what may have been meant.

    Raises:
        NotFoundError: Nothing is there, with a hint.
    """
    try:
        yield
    except NotFoundError as error:
        raise _told(session, error, text) from None
    except ServerError:
        # Below an experiment that does not exist, a list fails with status 500 instead of 404.
        _require_experiment(session, text)
        raise


def _told(session: BaseSession, error: NotFoundError, text: str) -> NotFoundError:
    reason = f"nothing is at {text!r}{_hint(words_of(session, text))}"
    return type(error)(error.method, error.url, error.status, reason)


def _hint(words: list[str]) -> str:
    """Returns what may have been meant: a level that was misspelt, a session where a subject stands."""
    kind = "site"
    while words:
        below = LEVELS[kind].below if kind in LEVELS else {}
        if not below or kind == "resource":
            return ""
        named = words[0] in below
        collection = words.pop(0) if named else next(iter(below))
        word = words.pop(0) if words else ""
        meant = "" if named else near(word, below, cutoff=0.75)
        if meant:
            return meant
        if below[collection] == "subject" and not named and not words:
            return ". A session is named by PROJECT/sessions/LABEL or PROJECT/SUBJECT/LABEL"
        kind = below[collection]
    return ""


def _require_experiment(session: BaseSession, text: str) -> None:
    uri = place_of(session, text).uri
    if uri.startswith("/data/experiments/"):
        try:
            session.create_object("/".join(uri.split("/")[:4]))
        except NotFoundError as error:
            raise _told(session, error, text) from None


def unloaded(session: BaseSession, place: Place) -> XnatObject:
    """Returns the item of a place, not loaded, as the nearest class that its kind tells.

    Raises:
        InvalidValueError: This package was generated without such items.
    """
    found = session.registry.load(LEVELS[place.kind].xsi_type)
    if found is None or not issubclass(found, XnatObject):
        msg = f"this package has no {place.kind}s"
        raise InvalidValueError(msg)
    return found.__xnat_from_server__(session, place.uri, {}, None)


def _found(session: BaseSession, uri: str, text: str) -> XnatObject:
    with explained(session, text):
        return session.create_object(uri)
