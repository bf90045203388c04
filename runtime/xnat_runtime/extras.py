"""Optional packages: imported where they are used, with one clear line when they are missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .errors import UsageError


def require(module: str, *, extra: str) -> Any:  # Any: a module that may not be installed has no type here
    """Returns an optional module.

    Raises:
        UsageError: It is not installed; the message names the extra.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        msg = f'{module} is not installed: pip install "xnat-sdk[{extra}]"'
        raise UsageError(msg) from error
