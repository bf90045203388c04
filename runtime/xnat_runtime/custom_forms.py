"""Custom forms: their definitions, and their fields as search terms (schema-and-search 3.2, 5.8)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast

import attrs

from .codec import JsonValue
from .custom_fields import FORMS, unknown_here
from .errors import NotFoundError, UnexpectedAnswerError

if TYPE_CHECKING:
    from .item import Item
    from .query import DisplayField
    from .session import BaseSession

T = TypeVar("T")
_SPECIAL: Final = re.compile(r"[^A-Za-z0-9]")


@attrs.frozen
class CustomForm:
    """The definition of a custom form.

    Attributes:
        uuid: Its UUID, under which items have the answers in ``custom_fields``.
        scope: ``Site`` or ``Project``, as the server spells it; "" when it does not say.
        contents: What the form asks, as the form's own JSON; None when the server does not say.
        raw: All that the server says of the form.
    """

    uuid: str
    scope: str
    contents: JsonValue = attrs.field(repr=False)
    raw: Mapping[str, JsonValue] = attrs.field(repr=False)

    def field(self, item_class: type[Item], key: str, kind: type[T]) -> DisplayField[T]:
        """Returns a field of the form as a search term: ``form.field(SubjectData, "weight", float) > 80.0``.

        Args:
            item_class: The class that the form is for.
            key: The field's key in the form.
            kind: The Python type of its values; see `xnat_runtime.display.display_field`.
        """
        from .display import display_field  # noqa: PLC0415  # few programs search for forms

        # How a server makes the id: schema-and-search 3.2.
        plain = _SPECIAL.sub("", key)
        identifier = f"{item_class.xsi_type.replace(':', '_')}_CUSTOM-FORM_{self.uuid}_{plain}".upper()
        return display_field(item_class, identifier, kind)


def custom_forms(session: BaseSession, project: str = "") -> list[CustomForm]:
    """Returns the custom forms of a site, or those that a project has: one request.

    Raises:
        UsageError: The server has no custom forms, as those before 1.8.
        PermissionDeniedError: You may not see them.
    """
    try:
        answer = session.get_json(FORMS, query={"projectId": project} if project else {})
    except NotFoundError:
        raise unknown_here() from None
    if not isinstance(answer, list):
        msg = "the answer is no list of forms"
        raise UnexpectedAnswerError(msg, method="GET", url=FORMS)
    return [_form(form) for form in answer if isinstance(form, dict)]


def _form(raw: Mapping[str, JsonValue]) -> CustomForm:
    contents = raw.get("contents")
    try:
        read = cast("JsonValue", json.loads(contents)) if isinstance(contents, str) else contents
    except ValueError:
        read = contents
    return CustomForm(str(raw.get("formUUID") or ""), str(raw.get("scope") or ""), read, raw)
