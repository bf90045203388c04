"""REST routes as values."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .errors import InvalidValueError
from .paths import segment

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class Route(NamedTuple):
    """One verb on one path of XNAT's REST API.

    Attributes:
        method: HTTP verb.
        template: Path with placeholders, such as ``/data/projects/{PROJECT_ID}``.
    """

    method: str
    template: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the placeholders, in order."""
        return tuple(_PLACEHOLDER.findall(self.template))

    def uri(self, **values: str) -> str:
        """Returns the path with every placeholder filled by a percent-encoded value.

        Raises:
            InvalidValueError: A placeholder has no value, or a value no placeholder.
        """
        if set(values) != set(self.parameters):
            msg = f"{self.method} {self.template} takes {', '.join(self.parameters) or 'no names'}"
            raise InvalidValueError(msg)
        return _PLACEHOLDER.sub(lambda match: segment(values[match[1]]), self.template)
