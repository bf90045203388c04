"""How long to wait for the server."""

from __future__ import annotations

import math
from typing import TypeAlias

import attrs

from .errors import InvalidValueError


def _require_finite(_owner: object, field: attrs.Attribute[float], value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        msg = f"The {field.name} timeout must be a finite number of seconds above 0, not {value!r}."
        raise InvalidValueError(msg)


@attrs.frozen
class Timeouts:
    """How long to wait for the server; there is no way to wait for ever.

    Attributes:
        connect: Seconds until a connection stands.
        read: Seconds between two pieces of an answer.
    """

    connect: float = attrs.field(default=12.0, validator=_require_finite)
    read: float = attrs.field(default=300.0, validator=_require_finite)


TimeoutSpec: TypeAlias = Timeouts | float | tuple[float, float]
"""Timeouts as calls take them: one number of seconds for all, or (connect, read)."""


def as_timeouts(spec: TimeoutSpec | None) -> Timeouts | None:
    """Return timeouts as they were written in a call, None for the connection's own.

    Raises:
        InvalidValueError: A number is not finite or not above 0.
    """
    if spec is None or isinstance(spec, Timeouts):
        return spec
    connect, read = spec if isinstance(spec, tuple) else (spec, spec)
    return Timeouts(float(connect), float(read))
