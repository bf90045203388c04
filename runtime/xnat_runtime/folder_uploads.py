"""Uploads of whole folders into a resource, under the names that xnatpy gives to their methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

import attrs

from .errors import InvalidValueError
from .transfers.options import Strategy, TransferOptions

if TYPE_CHECKING:
    from .session import BaseSession
    from .transfers.events import Observer
    from .transfers.report import TransferReport
    from .transfers.upload import Upload
    from .transfers.upload_plan import Links
    from .transfers.upload_present import IfExists
    from .transfers.upload_send import Packing

UploadMethod: TypeAlias = Literal[
    "auto", "tar", "zip", "tgz", "per_file", "tar_memory", "tar_file", "tgz_memory", "tgz_file"
]
"""How a folder travels; the names with ``_memory`` and ``_file`` are xnatpy's, for the same archives."""

_STRATEGIES: Final[Mapping[str, Strategy | None]] = {
    "auto": None,
    "tar": "archive",
    "zip": "archive",
    "tgz": "archive",
    "per_file": "files",
    "tar_memory": "archive",
    "tar_file": "archive",
    "tgz_memory": "archive",
    "tgz_file": "archive",
}


def upload_folder(
    session: BaseSession,
    uri: str,
    folder: Path,
    *,
    method: UploadMethod,
    if_exists: IfExists | None = None,
    overwrite: bool = False,
    links: Links = "files",
    state: Path | None = None,
    options: TransferOptions | None = None,
    progress: Observer | None = None,
    is_new: bool = False,
    label: str = "",
) -> TransferReport:
    """Sends the files of a folder into the resource at a path; see `FolderObject.upload_dir`.

    With ``is_new`` the resource is known to be empty, so that it is not listed first. ``label`` is that of the
    resource, where its path ends with its number.
    """
    upload = upload_to(
        session, uri, method=method, if_exists=if_exists, overwrite=overwrite, links=links, state=state,
        options=options, progress=progress, is_new=is_new, label=label,
    )  # fmt: skip
    return upload.run(folder)


def upload_to(
    session: BaseSession,
    uri: str,
    *,
    method: UploadMethod,
    if_exists: IfExists | None = None,
    overwrite: bool = False,
    links: Links = "files",
    state: Path | None = None,
    options: TransferOptions | None = None,
    progress: Observer | None = None,
    is_new: bool = False,
    label: str = "",
    query: Sequence[tuple[str, str]] = (),
) -> Upload:
    """Returns an upload into the resource at a path that is about to be done; see `upload_folder`.

    ``query`` is what the server is told of each file: format, content, tags.
    """
    from .transfers.job import Connection  # noqa: PLC0415  # transfers are imported when they happen
    from .transfers.upload import Upload  # noqa: PLC0415  # as above
    from .transfers.upload_present import way_of  # noqa: PLC0415  # as above

    if method not in _STRATEGIES:
        msg = f"a folder is uploaded by one of the methods {', '.join(_STRATEGIES)}, not {method!r}"
        raise InvalidValueError(msg)
    chosen, wanted = options or TransferOptions(), _STRATEGIES[method]
    return Upload(
        Connection(session.send, session.get_json, session.server, session.__xnat_transfers__), uri,
        if_exists=way_of(if_exists, overwrite=overwrite), packing=_packing(method), links=links,
        options=attrs.evolve(chosen, strategy=wanted) if wanted else chosen, state=state, observer=progress,
        is_new=is_new, label=label, query=query,
    )  # fmt: skip


def _packing(method: UploadMethod) -> Packing:
    kind = method.partition("_")[0]
    # cast: one of the kinds, as the condition says.
    return cast("Packing", kind) if kind in {"tar", "tgz", "zip"} else "tar"
