"""Uploads of one file, for objects and for the verbs of a connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .bodies import UploadSource
from .results import TransferResult
from .transfers.events import Observer
from .transfers.job import Connection
from .transfers.options import TransferOptions
from .transfers.upload_one import upload_one
from .transfers.upload_present import IfExists, way_of
from .transport import JsonValue, Send
from .uploads import Query

if TYPE_CHECKING:
    from .session import BaseSession


def upload_into(
    session: BaseSession,
    uri: str,
    source: UploadSource,
    *,
    overwrite: bool,
    if_exists: IfExists | None,
    extract: bool,
    query: Query,
    options: TransferOptions | None,
    progress: Observer | None,
) -> TransferResult:
    """Sends one file into a resource; see `ResourceObject.upload`."""
    connection = Connection(session.send, session.get_json, session.server, session.__xnat_transfers__)
    way = way_of(if_exists, overwrite=overwrite)
    return upload_one(
        connection, uri, source, if_exists=way, extract=extract, query=query, options=options, observer=progress
    )


def upload_at(
    send: Send,
    get_json: Callable[[str], JsonValue],
    uri: str,
    source: UploadSource,
    *,
    overwrite: bool,
    if_exists: IfExists | None,
    query: Query,
    content_type: str,
    progress: Observer | None,
) -> TransferResult:
    """Sends one file to a path of the server; see `TransferVerbs.upload`."""
    unpacks = any(name == "extract" for name, _ in query)
    return upload_one(
        Connection(send, get_json, ""), uri, source, if_exists=way_of(if_exists, overwrite=overwrite), extract=False,
        query=query, content_type=content_type, observer=progress, compares=not unpacks,
    )  # fmt: skip
