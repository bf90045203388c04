from __future__ import annotations

import inspect
import pickle
import re

import pytest

from xnat_runtime import errors
from xnat_runtime.errors import (
    AmbiguousKeyError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ConnectionFailedError,
    DigestMismatchError,
    FieldNotOnServerError,
    IncompleteTransferError,
    InvalidValueError,
    KeyNotFoundError,
    LoginFailedError,
    MissingValueError,
    NotFoundError,
    PermissionDeniedError,
    ResponseError,
    ServerError,
    TargetExistsError,
    UnexpectedAnswerError,
    UnexpectedStatusError,
    UnsafeNameError,
    XnatError,
    error_for,
    public_path,
)

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, XnatError)]


def example(kind: type[XnatError]) -> XnatError:
    if issubclass(kind, ResponseError):
        return kind("GET", "/data/projects", 499, "because")
    return kind("it went wrong")


def test_the_tree_on_top_of_the_module_is_the_tree_of_the_classes():
    drawn = re.findall(r"^([│ ├└─]*)(\w+Error)\b", errors.__doc__ or "", re.MULTILINE)
    parents: list[str] = []
    for indent, name in drawn:
        depth = len(indent) // 4
        base = getattr(errors, name).__mro__[1].__name__
        assert base == (parents[depth - 1] if depth else "Exception"), name
        parents[depth:] = [name]
    assert {name for _, name in drawn} == {kind.__name__ for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_survives_pickling(kind: type[XnatError]):
    error = example(kind)
    error.add_note("a note")
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert str(copy) == str(error)
    assert copy.__dict__ == error.__dict__


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (ConflictError("PUT", "/x", 200, "", duplicates=["a"]), "duplicates", ("a",)),
        (IncompleteTransferError("short", expected=9, received=4), "received", 4),
        (DigestMismatchError("other", expected="aa", actual="bb"), "actual", "bb"),
        (AmbiguousKeyError("two fit", candidates=["1", "2"]), "candidates", ("1", "2")),
        (FieldNotOnServerError("none", field="a/b"), "field", "a/b"),
        (UnexpectedAnswerError("no JSON", method="GET", url="/x"), "url", "/x"),
        (ConnectionFailedError("refused", method="GET", url="/x", sent=False), "sent", False),
        (TargetExistsError("is there", path="/tmp/x"), "path", "/tmp/x"),
        (UnsafeNameError("no", name="../x"), "name", "../x"),
    ],
)
def test_facts_are_attributes_and_survive_pickling(error: XnatError, name: str, value: object):
    assert getattr(pickle.loads(pickle.dumps(error)), name) == value


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (InvalidValueError, ValueError),
        (AmbiguousKeyError, LookupError),
        (KeyNotFoundError, KeyError),
        (MissingValueError, LookupError),
        (TargetExistsError, FileExistsError),
    ],
)
def test_errors_are_also_the_built_in_ones_and_read_as_plain_text(kind: type[XnatError], builtin: type[Exception]):
    with pytest.raises(builtin) as caught:
        raise kind("no such thing: 'x'")
    assert str(caught.value) == "no such thing: 'x'"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (403, PermissionDeniedError),
        (404, NotFoundError),
        (405, UnexpectedStatusError),
        (409, ConflictError),
        (412, UnexpectedStatusError),
        (417, BadRequestError),
        (422, BadRequestError),
        (500, ServerError),
        (503, ServerError),
        (599, ServerError),
        (302, UnexpectedStatusError),
        (777, UnexpectedStatusError),
    ],
)
def test_each_status_has_its_class(status: int, kind: type[ResponseError]):
    error = error_for("GET", "/data/x", status, "why")
    assert type(error) is kind
    assert (error.method, error.url, error.status, error.reason) == ("GET", "/data/x", status, "why")


def test_a_message_names_verb_path_status_and_reason():
    assert str(NotFoundError("GET", "/data/x", 404, "Unable to find it.")) == (
        "GET /data/x: 404 Not Found. Unable to find it"
    )
    assert str(error_for("GET", "/data/x", 777)) == "GET /data/x: 777"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://bob:hunter2@xnat.example.org:8443/data/x?note=secret#part", "/data/x"),
        ("//bob:hunter2@xnat.example.org/data/x", "/data/x"),
        ("/data/x;jsessionid=0123ABCD/y?z", "/data/x/y"),
        ("/data/services/tokens/validate/ALIAS/SECRET", "/data/services/tokens/validate/***"),
        ("/xnat/data/services/tokens/invalidate/ALIAS", "/xnat/data/services/tokens/invalidate/***"),
        ("/data/services/tokens/issue/user/bob", "/data/services/tokens/issue/user/bob"),
        ("", ""),
    ],
)
def test_urls_in_errors_are_reduced_to_a_public_path(url: str, path: str):
    assert public_path(url) == path
    assert LoginFailedError("PUT", url, 401).url == path
    assert ConnectionFailedError("x", method="GET", url=url).url == path
    assert UnexpectedAnswerError("x", method="GET", url=url).url == path
