"""Work divided between processes that know nothing of each other: a list of items, shards, a journal for each shard."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar, cast

import attrs

from ..errors import DecodeError, InvalidValueError, UsageError
from ..files import FileData
from ..journal import Journal
from ..mapping import Mapper
from ..objects import XnatObject
from ..partial import PartialFile

if TYPE_CHECKING:
    from ..session import BaseSession

T = TypeVar("T", bound=XnatObject)
R = TypeVar("R")

_FORMAT: Final = "xnat-sdk worklist"
_VERSION: Final = 1
_LEVEL: Final = "worklist"


@attrs.frozen
class WorkItem:
    """One item of a worklist.

    Attributes:
        uri: Path of the item on the server.
        xsi_type: Its data type.
    """

    uri: str
    xsi_type: str


@attrs.frozen(repr=False)
class Worklist:
    """What there is to do.

    Attributes:
        server: Address of the server.
        items: The items, each once, in their order.
    """

    server: str
    items: tuple[WorkItem, ...]

    def __repr__(self) -> str:
        return f"<Worklist of {len(self.items):,} items of {self.server}>"

    def shard(self, number: int, count: int) -> tuple[WorkItem, ...]:
        """Return the items of one of `count` shards, the first of which is 1: every `count`-th item.

        Raises:
            InvalidValueError: There is no such shard.
        """
        if not 1 <= number <= count:
            msg = f"There is no shard {number} of {count}: shards are counted from 1, as in 1/{max(count, 1)}."
            raise InvalidValueError(msg)
        return self.items[number - 1 :: count]


def write_worklist(items: Iterable[XnatObject], path: str | os.PathLike[str], *, overwrite: bool = False) -> int:
    """Write the items of a listing or query to a worklist, a line of JSON for each, and return their number.

    A line holds address and data type, nothing else. The file is there whole or not at all.

    Args:
        items: The items, of one connection.
        path: The file.
        overwrite: Whether an existing file may be replaced; what journals beside it say is done stays done.

    Raises:
        TargetExistsError: The file exists; shards may be working on it.
        InvalidValueError: There are no items, those of more than one server, or files.
    """
    with PartialFile(Path(path), overwrite=overwrite) as file:
        found = list(items)
        work = dict.fromkeys(_work_item(item) for item in found)
        servers = {item.session.server for item in found}
        if len(servers) != 1:
            msg = f"A worklist holds items of one server, not of {len(servers)}."
            raise InvalidValueError(msg)
        head = {"format": _FORMAT, "version": _VERSION, "server": servers.pop()}
        lines = [json.dumps(entry) for entry in (head, *(attrs.asdict(item) for item in work))]
        file.stream.write(("\n".join(lines) + "\n").encode())
        file.finish()
    return len(work)


def read_worklist(path: str | os.PathLike[str]) -> Worklist:
    """Return what a worklist holds.

    Raises:
        DecodeError: The file is no worklist.
    """
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    try:
        head, *rows = (cast("dict[str, object]", json.loads(line)) for line in lines if line)
        if (head["format"], head["version"]) != (_FORMAT, _VERSION):
            raise ValueError
        items = tuple(WorkItem(str(row["uri"]), str(row["xsi_type"])) for row in rows)
        return Worklist(str(head["server"]), items)
    except (ValueError, KeyError, TypeError, AttributeError):
        msg = f"{Path(path)} is no worklist: write_worklist() writes one"
        raise DecodeError(msg) from None


def shard(path: str | os.PathLike[str], number: int, count: int) -> tuple[WorkItem, ...]:
    """Return the items of one of `count` shards of a worklist; together the shards hold every item once.

    Args:
        path: The worklist.
        number: Which shard, from 1 on.
        count: How many shards there are.

    Raises:
        InvalidValueError: There is no such shard.
        DecodeError: The file is no worklist.
    """
    return read_worklist(path).shard(number, count)


def parse_shard(text: str) -> tuple[int, int]:
    """Return number and count of a shard that is written as ``2/8``.

    Raises:
        InvalidValueError: It is no such text, or there is no such shard.
    """
    number, slash, count = text.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        msg = f"A shard is written as 2/8, the second of eight, not as {text!r}."
        raise InvalidValueError(msg)
    return int(number), int(count)


def run_shard(
    session: BaseSession,
    path: str | os.PathLike[str],
    part: tuple[int, int],
    function: Callable[[T], R],
    item_class: type[T],
    *,
    workers: int = 1,
) -> dict[str, R]:
    """Run a function on the items of a shard, and return its results by URI.

    What is done is kept beside the worklist, in ``NAME.2-of-8.journal``, a line for each item. A run with the same
    worklist does only what is missing or failed, also when the work is divided otherwise than before.

    Args:
        session: The connection.
        path: The worklist.
        part: Which shard of how many, from 1 on, such as ``(2, 8)``.
        function: Takes an object, and returns what JSON can say.
        item_class: Class of the objects.
        workers: How many threads run the function at a time.

    Raises:
        MappingError: The function raised for some objects; the others are done.
        UsageError: The worklist is of another server, or another process runs this shard.
        InvalidValueError: There is no such shard, or it holds objects of another class.
    """
    work = read_worklist(path)
    if work.server != session.server:
        msg = f"{Path(path)} lists items of {work.server}, this connection is to {session.server}."
        raise UsageError(msg)
    place, (number, count) = Path(path), part
    mine = work.shard(number, count)
    with Journal(_journal_of(place, number, count), _LEVEL) as journal:
        # Read now: the run that held the journal before may have done some.
        done = _done(place)
        todo = [_object(session, item, item_class) for item in mine if item.uri not in done]
        fresh = Mapper(function, journal, workers).run(todo)
    # cast: the journals hold what the function returned, as far as JSON can say it.
    return {item.uri: fresh[item.uri] if item.uri in fresh else cast("R", done[item.uri]) for item in mine}


def _journal_of(worklist: Path, number: int, count: int) -> Path:
    return worklist.with_name(f"{worklist.name}.{number}-of-{count}.journal")


def _done(worklist: Path) -> dict[str, object]:
    """Return the results of all shards, however the work was divided."""
    names = f"{_escaped(worklist.name)}.*-of-*.journal"
    results: dict[str, object] = {}
    for path in sorted(worklist.parent.glob(names)):
        results.update(Journal(path, _LEVEL).results)
    return results


def _escaped(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)


def _work_item(item: XnatObject) -> WorkItem:
    if isinstance(item, FileData):
        msg = "A worklist holds projects, subjects, experiments, scans or resources, no files: list their resource."
        raise InvalidValueError(msg)
    return WorkItem(item.uri, item.xsi_type)


def _object(session: BaseSession, item: WorkItem, item_class: type[T]) -> T:
    found = session.registry.load(item.xsi_type)
    if found is None or not issubclass(found, item_class):
        msg = f"{item.uri} is of type {item.xsi_type}, which is no {item_class.__name__}"
        raise InvalidValueError(msg)
    return found.__xnat_from_server__(session, item.uri, {}, None)
