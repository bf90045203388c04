"""Errors of operations on the server and of bytes on their way; `xnat_runtime.errors` has them all."""

from __future__ import annotations

from collections.abc import Mapping

from .errors_root import XnatError

__all__ = [
    "CorruptArchiveError",
    "DigestMismatchError",
    "IncompleteTransferError",
    "MappingError",
    "OperationError",
    "OperationFailedError",
    "TransferError",
    "UnsafeNameError",
    "WaitTimeoutError",
]


class OperationError(XnatError):
    """Work that a server took on, and goes on with after its answer."""


class OperationFailedError(OperationError):
    """Work that the server took on and could not do.

    Attributes:
        status: What the server calls the state it ended in, such as ``ERROR``.
        reason: The server's own reason as one line of plain text, or "".
    """

    def __init__(self, message: str, *, status: str = "", reason: str = "") -> None:
        self.status = status
        self.reason = reason
        super().__init__(f"{message}. {reason}" if reason else message)


class WaitTimeoutError(OperationError, TimeoutError):
    """Work of the server that took longer than one wanted to wait; the server goes on with it."""


class MappingError(OperationError):
    """A function that was run on many items and raised for some of them; the others are done.

    Attributes:
        failures: What was raised, by the item's URI, in the order of the items.
        results: What the function returned for the others, by URI.
    """

    def __init__(
        self, message: str, *, failures: Mapping[str, object] | None = None, results: Mapping[str, object] | None = None
    ) -> None:
        self.failures = dict(failures or {})
        self.results = dict(results or {})
        super().__init__(message)


class TransferError(XnatError):
    """A transfer of bytes that did not come out right; no file is left under its final name."""


class IncompleteTransferError(TransferError):
    """Fewer or more bytes than announced.

    Attributes:
        expected: Bytes announced, or None.
        received: Bytes that came.
    """

    def __init__(self, message: str, *, expected: int | None = None, received: int = 0) -> None:
        self.expected = expected
        self.received = received
        super().__init__(message)


class DigestMismatchError(TransferError):
    """The bytes received have another MD5 than the server's catalog says.

    Attributes:
        expected: MD5 of the catalog, lower-case hex.
        actual: MD5 of the bytes, lower-case hex.
    """

    def __init__(self, message: str, *, expected: str = "", actual: str = "") -> None:
        self.expected = expected
        self.actual = actual
        super().__init__(message)


class UnsafeNameError(TransferError):
    """A name chosen by the server that would be written outside its folder, or cannot be a file's name.

    Attributes:
        name: The name as the server sent it.
    """

    def __init__(self, message: str, *, name: str = "") -> None:
        self.name = name
        super().__init__(message)


class CorruptArchiveError(TransferError):
    """An archive that is cut off, damaged or of a kind that cannot be unpacked."""
