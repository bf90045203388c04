"""Records, query parameters and paths of the low-level endpoints."""

from __future__ import annotations

import datetime

import pytest

from xnat_runtime import records
from xnat_runtime.documents import ItemNode
from xnat_runtime.endpoints import Area, Parameters
from xnat_runtime.errors import DecodeError, InvalidValueError, MissingValueError, UnexpectedAnswerError
from xnat_runtime.records import Given, ListOf, MapOf, Maybe, Record, RecordOf, given, maybe
from xnat_runtime.routes import Route
from xnat_runtime.transport import Request, Response


class Person(Record):
    """An account, for these tests."""

    __slots__ = ()

    login: Given[str] = given("login", records.TEXT)
    born: Maybe[datetime.date] = maybe("born", records.DATE)
    seen: Maybe[datetime.datetime] = maybe("lastSeen", records.TIMESTAMP)
    friends: Maybe[list[Person]] = maybe("friends", ListOf(RecordOf(lambda: Person)))
    notes: Maybe[dict[str, int]] = maybe("notes", MapOf(records.INTEGER))
    raw: Maybe[object] = maybe("raw", records.JSON)


MIA = Person({
    "login": "mia", "born": "1990-02-03", "lastSeen": 86_400_500, "friends": [{"login": "tom"}, None],
    "notes": {"a": "1", "b": None}, "raw": "[1", "unknown": [1],
})  # fmt: skip


class Wire:
    """Stands for a connection: keeps what is sent, and gives one answer."""

    def __init__(self, body: bytes = b"{}", status: int = 200) -> None:
        self.sent: list[Request] = []
        self._body, self._status = body, status

    def send(self, request: Request, *, stream: bool = False) -> Response:  # noqa: ARG002  # as connections have it
        self.sent.append(request)
        headers = {"Content-Type": "application/json"}
        return Response(method=request.method, url=request.path, status=self._status, headers=headers, body=self._body)


class Open(Area):
    """An area whose parts can be tried one by one."""

    rows, json, value, text, file, response = (
        Area._rows,
        Area._json,
        Area._value,
        Area._text,
        Area._file,
        Area._response,
    )


def area(body: bytes = b"{}", status: int = 200) -> tuple[Open, Wire]:
    wire = Wire(body, status)
    return Open(wire), wire  # type: ignore[arg-type]  # what an area needs of a connection


def test_fields_are_decoded_when_they_are_read() -> None:
    assert (MIA.login, MIA.born) == ("mia", datetime.date(1990, 2, 3))
    assert MIA.seen == datetime.datetime(1970, 1, 2, 0, 0, 0, 500_000, tzinfo=datetime.UTC)
    assert [friend.login for friend in MIA.friends or []] == ["tom"]
    assert MIA.notes == {"a": 1}


def test_json_is_left_as_it_came() -> None:
    assert (MIA.raw, MIA["unknown"], MIA.data["lastSeen"]) == ("[1", [1], 86_400_500)
    assert "unknown" in MIA
    assert "nothing" not in MIA
    assert list(MIA)[:2] == ["login", "born"]


def test_what_was_not_sent() -> None:
    nobody = Person({})
    assert (nobody.born, nobody.friends, nobody.notes, nobody.raw) == (None, None, None, None)
    with pytest.raises(MissingValueError, match="no 'login'"):
        _ = nobody.login
    with pytest.raises(KeyError):
        _ = nobody["login"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("born", "Dr. Who"),
        ("friends", "Dr. Who"),
        ("friends", ["Dr. Who"]),
        ("notes", ["Dr. Who"]),
        ("notes", "Dr. Who"),
    ],
)
def test_what_cannot_be_decoded_is_not_repeated(field: str, value: object) -> None:
    person = Person({"login": "x", field: value})  # type: ignore[dict-item]  # wrong on purpose
    with pytest.raises(DecodeError, match=f"'{field}'") as caught:
        getattr(person, field)
    assert "Who" not in str(caught.value)
    assert person.login == "x"


def test_repr_shows_no_values() -> None:
    assert repr(Person({"login": "mia"})) == "<Person with login>"
    assert repr(Person({})) == "<Person with nothing>"


def test_records_are_equal_by_what_they_hold() -> None:
    assert Person({"login": "a"}) == Person({"login": "a"}) != Person({"login": "b"})
    assert Person({}) != {}
    with pytest.raises(TypeError):
        hash(Person({}))


def test_fields_on_the_class() -> None:
    assert isinstance(Person.born, Maybe)
    assert Person.login.name == "login"


def test_query_parameters_are_spelled_as_the_server_wants_them() -> None:
    table = Parameters({"remove_files": "removeFiles", "src": "src", "columns": "columns", "n": "n"}, ["columns"])
    values = {"remove_files": False, "src": ["a", "b"], "columns": ["ID", "label"], "n": None}
    assert table.pairs(values, {"more": "x"}) == (
        ("removeFiles", "false"), ("src", "a"), ("src", "b"), ("columns", "ID,label"), ("more", "x"),
    )  # fmt: skip
    assert table.pairs({"columns": "ID,label", "src": "a", "n": datetime.date(2024, 1, 31)}, ()) == (
        ("columns", "ID,label"), ("src", "a"), ("n", "2024-01-31"),
    )  # fmt: skip


def test_unknown_query_parameters_are_refused() -> None:
    with pytest.raises(TypeError, match="no parameter removefiles; there are remove_files"):
        Parameters({"remove_files": "removeFiles"}).pairs({"removefiles": True}, ())
    with pytest.raises(InvalidValueError, match="cannot be object"):
        Parameters({"a": "a"}).pairs({"a": object()}, ())


def test_names_in_paths_are_encoded_once() -> None:
    opened, wire = area()
    opened.response(Route("PUT", "/data/config/{TOOL_NAME}/{PATH_TO_FILE}"), ("a/b c", "d/e f"), {"q": "1"})
    opened.response(Route("PUT", "/data/projects/{PROJECT_ID}/files"), ("{TOOL_NAME}",), (), tail="/x y/z%20")
    assert [(one.method, one.path, one.query) for one in wire.sent] == [
        ("PUT", "/data/config/a%2Fb%20c/d/e%20f", (("q", "1"),)),
        ("PUT", "/data/projects/%7BTOOL_NAME%7D/files/x%20y/z%2520", ()),
    ]
    with pytest.raises(InvalidValueError):
        opened.response(Route("GET", "/data/projects/{PROJECT_ID}"), ("..",), ())


def test_rows() -> None:
    opened, wire = area(b'{"ResultSet": {"Result": [{"login": "mia"}]}}')
    assert opened.rows(Route("GET", "/data/users"), (), (), Person) == [Person({"login": "mia"})]
    assert wire.sent[0].query == (("format", "json"),)
    assert area(b"", 204)[0].rows(Route("GET", "/data/config"), (), (), Person) == []
    with pytest.raises(UnexpectedAnswerError, match="no listing"):
        area(b"[]")[0].rows(Route("GET", "/data/users"), (), (), Person)


def test_json_answers() -> None:
    opened, wire = area(b'[{"login": "mia"}]')
    (mia,) = opened.json(Route("GET", "/xapi/users"), (), (), ListOf(RecordOf(lambda: Person)))
    assert (mia.login, wire.sent[0].query) == ("mia", ())
    assert area(b"null")[0].value(Route("GET", "/xapi/users"), (), ()) is None
    with pytest.raises(UnexpectedAnswerError, match="with nothing"):
        area(b"null")[0].json(Route("GET", "/xapi/users"), (), (), records.TEXT)
    with pytest.raises(UnexpectedAnswerError, match="another type than the catalogue"):
        area(b'"Dr. Who"')[0].json(Route("GET", "/xapi/users"), (), (), ListOf(records.TEXT))


def test_bodies() -> None:
    opened, wire = area()
    route = Route("PUT", "/xapi/users/{USERNAME}")
    opened.response(route, ("mia",), (), body=Open._json_body(MIA))
    opened.response(route, ("mia",), (), body=Open._json_body(["a"]))
    opened.response(route, ("mia",), (), body=Open._body({"a": "b c"}))
    assert [one.body for one in wire.sent][1:] == [b'["a"]', b"a=b+c"]
    assert b'"login": "mia"' in (wire.sent[0].body or b"")  # type: ignore[operator]  # it is bytes
    assert wire.sent[0].headers["Content-Type"] == "application/json"


def test_items_are_documents() -> None:
    node = ItemNode({"meta": {"xsi:type": "xnat:subjectData"}, "data_fields": {"ID": "S1"}})
    assert (node.xsi_type, node.fields) == ("xnat:subjectData", {"ID": "S1"})
