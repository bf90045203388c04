"""What a pickle of a connection or an object holds: where it is, never what opens it."""

from __future__ import annotations

import ssl
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeAlias, cast
from urllib.parse import urlsplit

import attrs

from ..errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..connecting import Options
    from ..credential_provider import CredentialProvider
    from ..objects import XnatObject
    from ..registry import Registry
    from ..session import BaseSession

# Beside a document only these travel: they say which item it is and where it belongs.
_NAMES: Final = frozenset(
    {"ID", "label", "name", "type", "project", "subject_ID", "session_ID", "imageSession_ID", "xsiType",
     "element_name", "xnat_abstractresource_id"}
)  # fmt: skip
_SCALARS: Final = (str, int, float, bool, type(None))


@attrs.frozen(kw_only=True, repr=False)
class Carried:
    """A connection on its way to another process.

    It holds no password, token, session id, header or cookie.

    Attributes:
        session_class: The generated class of the connection.
        package: Import path of the generated models, "" when the connection knows no data types.
        given: Address that was given to connect().
        server: Address that it led to.
        user: Account or alias, None or "guest" for a guest.
        provider: Where the function given as ``credentials=`` is, as ``module:name``; "" for none.
        options: What connect() was told, less what may be a secret.
    """

    session_class: type[BaseSession]
    package: str
    given: str
    server: str
    user: str | None
    provider: str
    options: Options

    def __repr__(self) -> str:
        return f"<Carried connection of {self.user or 'guest'} to {self.server}>"

    def registry(self) -> Registry:
        """Return the data types of the package."""
        return registry_of(self.package)

    def credentials(self) -> CredentialProvider | None:
        """Return the function that gives user and password, None for none.

        Raises:
            UsageError: It cannot be imported here.
        """
        return None if not self.provider else cast("CredentialProvider", _imported(self.provider))


def registry_of(package: str) -> Registry:
    """Return the registry of a generated package by the import path of its models."""
    if not package:
        from ..registry import Registry  # noqa: PLC0415 - few connections have no package

        return Registry(package="", namespaces={}, types={})
    # cast: generated packages keep it there.
    return cast("Registry", import_module(f"{package.rpartition('.')[0]}._registry").REGISTRY)


def carried(session: BaseSession, options: Options | None, given: str, user: str | None) -> Carried:
    """Return what travels of a connection.

    Args:
        session: The connection.
        options: What connect() was told; None for a connection over a transport of its own.
        given: Address that connect() was given.
        user: Who logged in.

    Raises:
        TypeError: Something that it needs cannot travel, or would carry a secret; the message says what to do.
    """
    if options is None:
        msg = "a connection over a transport of its own cannot be pickled"
        raise TypeError(msg)
    _refuse_what_stays(options)
    read_only = options.read_only if options.read_only is not None else session.read_only or None
    return Carried(
        session_class=type(session),
        package=session.registry.package,
        given=given,
        server=session.server,
        user=user,
        provider="" if options.credentials is None else place_of(options.credentials),
        options=attrs.evolve(options, credentials=None, jsession=None, read_only=read_only, loglevel=None, xnatpy={}),
    )


def _refuse_what_stays(options: Options) -> None:
    proxy = options.proxy or ""
    has_password = urlsplit(proxy if "://" in proxy else f"//{proxy}").username is not None
    given = {"headers=": options.headers, "cookies=": options.cookies, "proxy= with a password": has_password}
    named = next((name for name, value in given.items() if value), None)
    if named is not None:
        msg = (
            f"a connection that was opened with {named} cannot be pickled: that may be a secret. Call connect() in "
            "the other process"
        )
        raise TypeError(msg)
    if isinstance(options.verify, ssl.SSLContext):
        msg = "a connection with an SSLContext as verify= cannot be pickled: give the path of the CA file instead"
        raise TypeError(msg)


def place_of(function: Callable[..., object]) -> str:
    """Return where a function can be imported from; by value it might take along the secrets that it knows.

    Raises:
        TypeError: It cannot be imported.
    """
    module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", None)
    place = f"{module}:{name}"
    try:
        if _imported(place) is function:
            return place
    except UsageError:
        pass
    msg = (
        "a connection with credentials= cannot be pickled unless they are a function at the top of a module: only its "
        "name travels, since the function itself may know a secret"
    )
    raise TypeError(msg)


def _imported(place: str) -> object:
    module, _, name = place.partition(":")
    try:
        found: object = sys.modules.get(module) or import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        msg = (
            f"The function {name} of module {module}, which gives the credentials of a pickled connection, cannot be "
            "imported in this process: put it into a module that every worker has."
        )
        raise UsageError(msg) from None
    return found


Reference: TypeAlias = tuple[type["XnatObject"], str]
"""An object by class and URI."""


def reduced(item: XnatObject) -> tuple[object, ...]:
    """Return what travels of an object: connection, class, URI, the row of its listing, and what it was seen through.

    Of a document that was loaded only names and IDs travel, since it may describe a patient; the other process loads
    it again when it needs it.

    Raises:
        UsageError: The object is not on a server, or is being edited.
        TypeError: The connection cannot be pickled.
    """
    session = item.session
    if item.__xnat_batch__ is not None:
        msg = f"this {type(item).__name__} is being edited: leave the edit() block before it is pickled"
        raise UsageError(msg)
    source = item.__xnat_listing__
    owner = None if source is None else source.owner
    seen = None if owner is None else (type(owner), owner.uri)
    return _revived, (session, type(item), item.uri, known_row(item), seen)


def known_row(item: XnatObject) -> dict[str, object]:
    """Return what is known of an item without what only its document told, names and IDs apart."""
    document = item.__xnat_document__
    loaded = frozenset[str]() if document is None else document.fields.keys() - _NAMES
    row = item.__xnat_row__
    return {path: value for path, value in row.items() if path not in loaded and isinstance(value, _SCALARS)}


class _SeenThrough:
    """What stands for the listing that an object came from: it tells the owner."""

    def __init__(self, owner: XnatObject) -> None:
        self.owner: XnatObject | None = owner

    def uri_of(self, row: Mapping[str, object]) -> str:
        """Raise: objects that travelled know their address."""
        msg = f"a row of {len(row)} values has no address of its own"
        raise UsageError(msg)


def _revived(
    session: BaseSession, item_class: type[XnatObject], uri: str, row: dict[str, object], seen: Reference | None
) -> XnatObject:
    source = None
    if seen is not None:
        owner_class, owner_uri = seen
        source = _SeenThrough(owner_class.__xnat_from_server__(session, owner_uri, {}, None))
    return item_class.__xnat_from_server__(session, uri, row, None, source)
