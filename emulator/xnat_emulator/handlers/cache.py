"""The cache of each user (rest-data section 11).

The server tells by an inverted flag whether a request names a file. So everything but PUT is off by one level: a
folder's own URL finds nothing, and the URL of a file means the whole folder.
"""

from __future__ import annotations

from ..call import Call, FilePart, Reply, text_reply
from ..errors import StatusError
from ..store.scratch import ScratchFolder, cache_of
from .replies import table_reply
from .scratchfiles import archive_reply, file_table, receive, remainder

_NO_FOLDER = "User directory not found or is not a directory."
_NAME_IT = "Please use HTTP PUT request to specify a file name in the URL."


def do_nothing(_: Call) -> Reply:
    """``GET|POST|DELETE /data/user/cache/resources``: 200 without a body, whatever is there."""
    return text_reply("")


def refuse(_: Call) -> Reply:
    """``PUT /data/user/cache/resources``: there is no name.

    Raises:
        StatusError: 400, always.
    """
    raise StatusError(400, "Invalid Operation.")


def find_nothing(_: Call) -> Reply:
    """``GET .../{X}`` and ``GET .../{X}/files``: the folder is taken for a file that does not exist.

    Raises:
        StatusError: 404, always.
    """
    raise StatusError(404, _NO_FOLDER)


def delete_nothing(_: Call) -> Reply:
    """``DELETE .../{X}`` and ``DELETE .../{X}/files``: as for ``find_nothing``.

    Raises:
        StatusError: 404, always.
    """
    raise StatusError(404, "No matching files found.")


def refuse_file(_: Call) -> Reply:
    """``POST .../{X}`` and ``POST .../{X}/files``.

    Raises:
        StatusError: 400, always.
    """
    raise StatusError(400, _NAME_IT)


def make_folder(call: Call) -> Reply:
    """``PUT .../{X}`` and ``PUT .../{X}/files``: a new folder, 412 when there is one already."""
    place, name = cache_of(call.login), call.segment("XNAME") or ""
    if call.archive.scratch.folder(place, name) is not None:
        raise StatusError(412, "Resource with this name already exists.")
    call.archive.scratch.make(place, name)
    return text_reply("")


def _folder(call: Call) -> ScratchFolder:
    found = call.archive.scratch.folder(cache_of(call.login), call.segment("XNAME") or "")
    if found is None:
        raise StatusError(404, _NO_FOLDER)
    return found


def list_files(call: Call) -> Reply:
    """``GET .../{X}/files/{FILE}``: the files of the whole folder, or all of them in an archive."""
    folder = _folder(call)
    files = call.archive.scratch.files(folder)
    if call.parameter("format") in {"zip", "tar", "tar.gz"}:
        return archive_reply(call, folder.name, files)
    base = f"/data/user/cache/resources/{folder.name}/files"
    return table_reply(call, file_table(files, base))


def delete_folder(call: Call) -> Reply:
    """``DELETE .../{X}/files/{FILE}``: the whole folder goes."""
    with call.archive.transaction():
        call.archive.scratch.remove(_folder(call))
    return text_reply("")


def put_file(call: Call) -> Reply:
    """``PUT .../{X}/files/{FILE}``: stores a file, in the place of one that is there; ``extract=true`` unpacks it."""
    path = remainder(call)
    parts = [FilePart(path, call.body)] if call.flag("inbody") else [FilePart(path, part.stream) for part in call.parts]
    receive(call, cache_of(call.login), parts)
    return text_reply("")


def post_file(call: Call) -> Reply:
    """``POST .../{X}/files/{FILE}``: 201, the parts of a multipart form under their own names."""
    if call.flag("inbody"):
        raise StatusError(400, _NAME_IT)
    receive(call, cache_of(call.login), call.parts)
    return text_reply("", 201)
