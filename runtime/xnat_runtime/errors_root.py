"""The root of the errors; `xnat_runtime.errors` has them all."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["XnatError"]

ErrorT = TypeVar("ErrorT", bound="XnatError")


def _rebuild(kind: type[ErrorT], args: tuple[object, ...], state: dict[str, object]) -> ErrorT:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class XnatError(Exception):
    """The root of every error of this package.

    Attributes:
        message: What went wrong and, where there is one, the way out.
    """

    message: str

    def __init__(self, message: str) -> None:
        # Not super(): the second base of some subclasses (OSError, KeyError) reads meaning into its arguments.
        Exception.__init__(self, message)
        self.message = message

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Subclasses have other signatures than Exception's default pickling expects.
        return _rebuild, (type(self), self.args, dict(self.__dict__))
