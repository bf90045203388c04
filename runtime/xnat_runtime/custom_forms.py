"""Custom forms: their definitions, what can be done with them, and their fields as search terms.

The routes are those of schema-and-search 5.8, ids of fields those of 3.2; the bodies are in ``schemas/SOURCES.md``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, TypeVar, cast

import attrs

from .codec import JsonValue
from .custom_fields import FORMS, unknown_here
from .errors import InvalidValueError, NotFoundError, UnexpectedAnswerError, UsageError
from .paths import segment
from .payloads import payload
from .transport import Request, checked

if TYPE_CHECKING:
    from .item import Item
    from .query import DisplayField
    from .session import BaseSession

T = TypeVar("T")
_SPECIAL: Final = re.compile(r"[^A-Za-z0-9]")
_DATA_TYPE: Final = re.compile(r"\bdatatype/([^/]+)")
_ROW: Final = "idCustomVariableFormAppliesTo"
_NEW: Final = "-1_-1"


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
    _session: BaseSession | None = attrs.field(default=None, repr=False, eq=False)

    # What it is

    @property
    def title(self) -> str:
        """What people call it, "" when the server does not say."""
        return str(self.contents.get("title") or "") if isinstance(self.contents, dict) else ""

    @property
    def xsi_type(self) -> str:
        """The data type that it is for, "" when the server does not say."""
        found = _DATA_TYPE.search(str(self.raw.get("path") or ""))
        return found[1] if found else ""

    @property
    def projects(self) -> list[str]:
        """IDs of the projects that it is for; none for a form of the site."""
        return [str(row["entityId"]) for row in self._rows() if row.get("entityId")]

    @property
    def enabled(self) -> bool:
        """Whether items show it, in one project at least."""
        return any(str(row.get("status")).lower() == "enabled" for row in self._rows())

    @property
    def has_data(self) -> bool:
        """Whether items have answers to it."""
        return self.raw.get("hasData") is True

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

    # What can be done with it

    def enable(self) -> None:
        """Shows the form on items: one request.

        Raises:
            PermissionDeniedError: You may not manage forms.
        """
        self._post("enable", self._body())

    def disable(self) -> None:
        """Hides the form; answers stay: one request."""
        self._post("disable", self._body())

    def promote(self) -> None:
        """Makes a project's form one of the whole site: one request."""
        self._post("promote", self._body())

    def add_projects(self, projects: Iterable[str]) -> None:
        """Has further projects use a project's form: one request.

        Args:
            projects: Their IDs.
        """
        rows = self._rows()
        if not rows:
            msg = "the server did not say the number of the form"
            raise UsageError(msg)
        self._post(f"optin/{segment(str(rows[0][_ROW]))}", _names(projects))

    def remove_projects(self, projects: Iterable[str]) -> None:
        """Has projects not use the form any more; answers stay: one request.

        Args:
            projects: Their IDs.
        """
        self._post(f"optout/{segment(self.uuid)}", _names(projects))

    def set_order(self, order: int) -> None:
        """Says where the form stands among others, the smallest number first: one request.

        Raises:
            InvalidValueError: The number is below -1,000,000 or above 1,000,000.
        """
        if not -1_000_000 <= order <= 1_000_000:
            msg = "the order of a form is a number from -1,000,000 to 1,000,000"
            raise InvalidValueError(msg)
        self._own().post(f"{FORMS}/formId/{segment(self.uuid)}", query={"displayOrder": str(order)})

    def delete(self) -> None:
        """Deletes the form: one request. It is meant for forms without answers (`has_data`)."""
        session = self._own()
        body = payload(None, self._body(), None)
        # The list of what to delete travels in the body, which the verb has no place for.
        checked(session.send(Request("DELETE", FORMS, (), body.headers, body.body)))

    def _body(self) -> JsonValue:
        return [
            {"entityId": row.get("entityId"), _ROW: row.get(_ROW), "status": row.get("status")} for row in self._rows()
        ]

    def _rows(self) -> list[dict[str, JsonValue]]:
        found = self.raw.get("appliesToList")
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []

    def _post(self, action: str, body: JsonValue) -> None:
        self._own().post(f"{FORMS}/{action}", json=body)

    def _own(self) -> BaseSession:
        if self._session is None:
            msg = "this form was not read from a connection; session.custom_forms() gives those of a server"
            raise UsageError(msg)
        return self._session


def _names(projects: Iterable[str]) -> list[JsonValue]:
    found: list[JsonValue] = [*projects]
    if not found:
        msg = "name at least one project"
        raise InvalidValueError(msg)
    return found


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
    return [_form(form, session) for form in answer if isinstance(form, dict)]


def _form(raw: Mapping[str, JsonValue], session: BaseSession) -> CustomForm:
    contents = raw.get("contents")
    try:
        read = cast("JsonValue", json.loads(contents)) if isinstance(contents, str) else contents
    except ValueError:
        read = contents
    return CustomForm(str(raw.get("formUUID") or ""), str(raw.get("scope") or ""), read, raw, session)


def create_custom_form(  # noqa: PLR0917 - those of the method, in its order
    session: BaseSession,
    item_class: type[Item],
    title: str,
    components: Iterable[Mapping[str, object]],
    projects: Iterable[str],
    order: int,
) -> CustomForm:
    """Returns a new form; see `xnat_runtime.collaboration.Collaboration.create_custom_form`.

    Raises:
        InvalidValueError: The title is blank or has angle brackets, or there are no components.
        UnexpectedAnswerError: The server does not list the form that it made.
    """
    asked = [dict(component) for component in components]
    if not title.strip() or any(sign in title for sign in "<>") or not asked:
        msg = "a custom form needs a title without angle brackets, and at least one component"
        raise InvalidValueError(msg)
    submission = {"data": _submission(item_class.xsi_type, title, [*projects], order), "state": "submitted"}
    builder: dict[str, object] = {"display": "form", "title": title, "settings": {}, "components": asked}
    # cast: what is no JSON is refused when it is written.
    said = cast("JsonValue", {"submission": submission, "builder": builder})
    try:
        made = session.put(f"{FORMS}/save", json=said).text.strip().strip('"')
    except NotFoundError:
        raise unknown_here() from None
    found = [form for form in custom_forms(session) if made in {form.uuid, str(form.raw.get("formId"))}]
    if not found:
        msg = "the server took the form and does not list it"
        raise UnexpectedAnswerError(msg, method="PUT", url=f"{FORMS}/save")
    return found[0]


def _submission(xsi_type: str, title: str, projects: list[str], order: int) -> dict[str, JsonValue]:
    return {
        _ROW: _NEW,
        "formType": "form",
        "formTitle": title,
        "zIndex": order,
        "xnatDatatype": {"label": xsi_type, "value": xsi_type},
        "xnatProtocol": [],
        "xnatVisit": [],
        "xnatSubtype": [],
        "isThisASiteWideConfiguration": "no" if projects else "yes",
        "xnatProject": [{"label": project, "value": project} for project in projects],
    }
