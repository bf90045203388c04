"""The two GIF images of a scan."""

from __future__ import annotations

from ..call import Call
from ..store.items import Item
from . import gif
from .loading import load_preview
from .views import preview_file


def render(call: Call, scan: Item, small: int) -> tuple[bytes, bytes] | None:
    """Return the snapshot and the thumbnail of a scan, None when it has no image that can be read.

    Args:
        call: The request.
        scan: The scan.
        small: Rows or columns of the thumbnail at most.
    """
    file = preview_file(call, scan)
    if file is None:
        return None
    load_preview()
    from . import preview  # noqa: PLC0415 - numpy and pydicom are only needed for this

    path = call.archive.files.blobs.path(file.blob.name)
    try:
        large, thumbnail = preview.gray(preview.picture(path)), preview.gray(preview.picture(path, small))
    except preview.NoPreview:
        return None
    return gif.encode(large), gif.encode(thumbnail)
