"""Import handler ``automation``: a file for scripts of the site, which needs none (rest-data 13.2)."""

from __future__ import annotations

from ..call import Call
from ..store.prearchive import new_timestamp
from ..store.scratch import cache_of
from .options import Parameters
from .upload import Upload, base_name


def run(call: Call, parameters: Parameters, upload: Upload | None) -> list[str]:
    """Keep the file in the caller's cache, where scripts would find it; none runs here, and nothing is said."""
    del parameters
    if upload is None:
        return []
    archive = call.archive
    blob = archive.files.blobs.add(upload.stream)
    try:
        with archive.transaction():
            folder = archive.scratch.make(cache_of(call.login), f"automation_{new_timestamp()}")
            archive.scratch.put(folder, base_name(upload.name), blob)
    except BaseException:
        archive.files.blobs.remove(blob.name)
        raise
    return []
