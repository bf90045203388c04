"""The item that a container or notebook was launched on: what XNAT sets in its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from .errors import UsageError
from .paths import join

if TYPE_CHECKING:
    from .objects import XnatObject
    from .session import BaseSession

TYPE_NAME, ID_NAME = "XNAT_XSI_TYPE", "XNAT_ITEM_ID"

# Type of the item -> the collection its ID is looked up in; every other type is one of experiments.
_COLLECTIONS: Final = {"xnat:projectData": "projects", "xnat:subjectData": "subjects"}
_NO_ITEMS: Final = frozenset({"xdat:stored_search"})


def current_item(session: BaseSession, environ: Mapping[str, str] | None = None) -> XnatObject:
    """Returns the item that XNAT launched this container or notebook on, loaded: one request.

    Args:
        session: A connection to the server that launched it.
        environ: The environment, by default that of the process.

    Raises:
        UsageError: The environment names no item, or a stored search, which is none.
        NotFoundError: The item is not there any more.
    """
    return session.create_object(item_uri(os.environ if environ is None else environ))


def item_uri(environ: Mapping[str, str]) -> str:
    """Returns the path of the item that the environment names.

    Raises:
        UsageError: It names none.
    """
    xsi_type, identifier = environ.get(TYPE_NAME, ""), environ.get(ID_NAME, "")
    if not xsi_type or not identifier:
        msg = (
            f"{TYPE_NAME} and {ID_NAME} are not set: current_item() works in containers and notebooks that XNAT "
            "launched. Elsewhere take the item from session.projects, or by create_object()."
        )
        raise UsageError(msg)
    if xsi_type in _NO_ITEMS:
        msg = f"This was launched on a stored search ({identifier}), which is no item."
        raise UsageError(msg)
    return join("data", _COLLECTIONS.get(xsi_type, "experiments"), identifier)
