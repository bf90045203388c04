"""Giving an item another label, which can take a server very long: it moves files, and older ones anonymise them again.

Servers before 1.8.11 anonymise without being asked, later ones where the site says so (rest-data 7.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .documents import read_item
from .errors import NotFoundError, ServerError, TransportError
from .paths import child
from .timeouts import Timeouts
from .waiting import Patience

if TYPE_CHECKING:
    from .objects import XnatObject

_LONG: Final = Timeouts(read=3600.0)

PATIENCE: Final = Patience(timeout=3600.0, interval=30.0)
"""How long a label may take to appear once the answer was lost: an hour."""


def put_label(item: XnatObject, label: str, patience: Patience = PATIENCE) -> None:
    """Sends a new label, which XNAT takes from the query only, and waits until it is there.

    An answer may take an hour. When it does not come, as where a proxy gives up first, the item is asked for again
    until it has the label: the server goes on with the work.

    Raises:
        ConflictError: The label is taken.
        WaitTimeoutError: The answer was lost, and the label has not appeared in time.
    """
    from .transfers.reconcile import is_lost  # noqa: PLC0415  # few programs rename

    try:
        item.session.put(item.__xnat_write_uri__(), query={"label": label}, timeout=_LONG)
    except (TransportError, ServerError) as error:
        if not is_lost(error):
            raise
        _wait_for(item, label, patience)


def _wait_for(item: XnatObject, label: str, patience: Patience) -> None:
    above = item.uri.rpartition("/")[0]
    uri = child(above, str(item.__xnat_row__.get("ID") or label))

    def is_there() -> bool:
        try:
            return read_item(item.session.get_json(uri), uri).fields.get("label") == label
        except NotFoundError:
            return False

    patience.until(is_there, bool, f"the new label of {uri}")
