"""What shall be moved: one unit for each file, as a listing describes it."""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

Words: TypeAlias = tuple[str, str, str]
"""Format, content and tags of a file."""

NO_WORDS: Final[Words] = ("", "", "")


@attrs.frozen
class FileUnit:
    """One file of the server on its way to this side.

    Attributes:
        uri: Path of the file, encoded.
        name: Where it goes: path below the target folder, slashes between folders; not checked yet.
        size: Bytes by the listing, None when the server does not tell (rest-data 10.3.2: 0 may mean "not counted").
        md5: MD5 by the listing as lower-case hex, None where the site keeps no checksums.
        session: URI of the imaging session it belongs to, "" for none.
        scan: ID of its scan, "" for none.
        resource: Label of its resource, "" for none.
        xsi_type: Data type of the item that holds the resource, "" when it is not known.
        words: Format, content and tags that the uploader named, "" for none.
    """

    uri: str
    name: str
    size: int | None = None
    md5: str | None = None
    session: str = ""
    scan: str = ""
    resource: str = ""
    xsi_type: str = ""
    words: Words = NO_WORDS
