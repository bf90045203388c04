"""What the shared options of a command say."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import attrs

from ..errors import InvalidValueError

Format = Literal["table", "tsv", "csv", "json", "paths"]

FORMATS: Final[dict[str, Format]] = {"table": "table", "tsv": "tsv", "csv": "csv", "json": "json"}


@attrs.frozen(kw_only=True)
class Settings:
    """The shared options of one command.

    Attributes:
        timeout: Longest wait for an answer, in seconds.
    """

    server: str | None = None
    profile: str | None = None
    user: str | None = None
    netrc: str | None = None
    timeout: float | None = None
    ca_file: str | None = None
    no_verify: bool | None = None
    read_only: bool | None = None
    reason: str | None = None
    log_file: Path | None = None
    verbose: bool | None = None
    output: str | None = None
    json: bool | None = None
    csv: bool | None = None
    tsv: bool | None = None
    quiet: bool | None = None
    columns: str | None = None
    filters: list[str] | None = None
    sort_by: str | None = None
    limit: int | None = None
    no_header: bool | None = None
    dry_run: bool | None = None
    yes: bool | None = None

    @property
    def format(self) -> Format:
        """How results are written.

        Raises:
            InvalidValueError: There is no such format, or several are asked for.
        """
        named: list[Format] = []
        if self.output is not None:
            named.append(_format(self.output))
        flags: tuple[tuple[Format, bool | None], ...] = (
            ("json", self.json),
            ("csv", self.csv),
            ("tsv", self.tsv),
            ("paths", self.quiet),
        )
        named.extend(name for name, is_set in flags if is_set)
        if len(set(named)) > 1:
            msg = f"several formats are asked for ({', '.join(sorted(set(named)))}): leave one"
            raise InvalidValueError(msg)
        return named[0] if named else "table"


def _format(name: str) -> Format:
    found = FORMATS.get(name)
    if found is None:
        msg = f"--output {name}: there are {', '.join(FORMATS)}"
        raise InvalidValueError(msg)
    return found
