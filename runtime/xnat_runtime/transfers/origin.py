"""Where the files of an item come from: what their names alone do not tell."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Origin:
    """What the name of a file does not tell of where it comes from; "" for what there is not.

    Attributes:
        project: ID of the project.
        subject: Label of the subject.
        session: Label of the session or other experiment.
        types: Types of its scans, by their IDs.
    """

    project: str = ""
    subject: str = ""
    session: str = ""
    types: Mapping[str, str] = attrs.field(factory=dict[str, str])
