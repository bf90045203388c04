"""The classes of a package as one connection has them: ``session.classes.SubjectData``."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, TypeVar, cast

if TYPE_CHECKING:
    from .objects import XnatObject
    from .queries import Query
    from .query import Constraint
    from .session import BaseSession

T = TypeVar("T", bound=type)


class BoundClass:
    """A class that knows its connection, so that ``query()`` needs none; else it is what it stands for.

    Type checkers see the class itself. Calling it makes an object, its attributes are search terms, `isinstance` and
    `issubclass` take it, classes can be derived from it, and it equals the class.
    """

    _repr_html_: Final = None
    """Notebooks show the class by its text: what they ask for must not be the one of its objects."""

    def __init__(self, plain: type, session: BaseSession) -> None:
        self.__wrapped__ = plain
        self.__xnat_bound__ = session

    def query(self, *constraints: Constraint) -> Query[XnatObject]:
        """Returns a search for objects of the class on the connection; see `BaseSession.query`."""
        return self.__xnat_bound__.query(cast("type[XnatObject]", self.__wrapped__), *constraints)

    def __call__(self, *args: object, **values: object) -> object:
        """Returns a new object of the class; see the class."""
        return self.__wrapped__(*args, **values)

    def __getattr__(self, name: str) -> object:
        return getattr(self.__wrapped__, name)

    def __dir__(self) -> list[str]:
        return dir(self.__wrapped__)

    def __instancecheck__(self, instance: object) -> bool:
        return isinstance(instance, self.__wrapped__)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(plain_class(subclass), self.__wrapped__)

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        return (self.__wrapped__,)

    def __eq__(self, other: object) -> bool:
        return self.__wrapped__ is plain_class(other)

    def __hash__(self) -> int:
        return hash(self.__wrapped__)

    def __repr__(self) -> str:
        return repr(self.__wrapped__)


def plain_class(found: T | object) -> T:
    """Returns the class that a `BoundClass` stands for; other things as they are."""
    return cast("T", found.__wrapped__ if isinstance(found, BoundClass) else found)


class BoundClasses:
    """All data types of a package, for one connection; generated packages list them, for completion."""

    def __init__(self, session: BaseSession) -> None:
        self._session = session
        self._models = import_module(session.registry.package)

    if not TYPE_CHECKING:
        # Type checkers know the names that the generated class lists, and no others.
        def __getattr__(self, name: str) -> object:
            found = None if name.startswith("_") else getattr(self._models, name, None)
            if not isinstance(found, type):
                msg = f"{self._models.__name__} has no data type {name!r}"
                raise AttributeError(msg)
            bound = BoundClass(found, self._session)
            setattr(self, name, bound)  # the same one next time
            return bound

    def __dir__(self) -> list[str]:
        return dir(self._models)

    def __repr__(self) -> str:
        return f"<{len(dir(self))} data types of {self._models.__name__} for {self._session!r}>"
