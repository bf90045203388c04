"""What is refused or added on the way out; bodies; addresses; redirects; the item of a container."""

from __future__ import annotations

import io

import pytest

from xnat_runtime.addresses import Addresses
from xnat_runtime.container import item_uri
from xnat_runtime.errors import (
    ForeignUrlError,
    IdentityProviderError,
    InvalidValueError,
    ReadOnlyConnectionError,
    UnexpectedStatusError,
    UsageError,
)
from xnat_runtime.outgoing import is_write, refuse_write, with_reason
from xnat_runtime.paths import server
from xnat_runtime.payloads import NO_JSON, payload
from xnat_runtime.redirects import is_to_login_page, redirect_reason, response_error
from xnat_runtime.transport import Request, Timeouts, as_timeouts


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_writes_are_refused_by_name_and_without_their_query(method):
    request = Request(method, "/data/projects/P", (("label", "S3CRET"),))
    assert is_write(request)
    with pytest.raises(ReadOnlyConnectionError, match=rf"<Request {method} /data/projects/P> was not sent") as caught:
        refuse_write(request)
    assert "S3CRET" not in str(caught.value)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/data/x"),
        ("HEAD", "/data/x"),
        ("OPTIONS", "/data/x"),
        ("POST", "/data/search"),
        ("DELETE", "/data/JSESSION"),
    ],
)
def test_what_changes_nothing_passes(method, path):
    request = Request(method, path)
    refuse_write(request)
    assert with_reason(request, "why") is request


def test_saved_searches_are_changes():
    assert is_write(Request("PUT", "/data/search/saved/x"))


def test_a_reason_is_added_once():
    request = Request("PUT", "/data/x", (("a", "b"),))
    assert with_reason(request, "why").query == (("a", "b"), ("event_reason", "why"))
    assert with_reason(request, None) is request
    assert with_reason(request, "") is request
    own = Request("PUT", "/data/x", (("event_reason", "mine"),))
    assert with_reason(own, "why") is own
    newer = Request("POST", "/xapi/users")
    assert with_reason(newer, "why") is newer


def test_bodies_bring_their_type_and_length():
    stream = io.BytesIO(b"--abc")
    stream.seek(2)
    assert payload({"a": "b&c"}, NO_JSON, None).body == b"a=b%26c"
    assert payload({"a": "b"}, NO_JSON, None).headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert payload("ü", NO_JSON, None).body == "ü".encode()
    assert payload(None, None, None).body == b"null"
    assert payload(None, {"ü": 1}, {"content-type": "x/y"}).headers == {"content-type": "x/y"}
    assert payload(stream, NO_JSON, None).length == 3
    assert stream.tell() == 2
    assert payload([b"a"], NO_JSON, None).length is None
    assert payload(None, NO_JSON, None) == (None, {}, None)


def test_values_that_are_no_json_stay_out_of_the_message():
    with pytest.raises(InvalidValueError, match="cannot be written as JSON") as caught:
        payload(None, {"S3CRET": {1, 2}}, None)
    assert "S3CRET" not in str(caught.value)


def test_timeouts_are_written_in_three_ways():
    assert as_timeouts(None) is None
    assert as_timeouts(3) == Timeouts(3, 3)
    assert as_timeouts((1, 2.5)) == Timeouts(1, 2.5)
    assert as_timeouts(Timeouts(1, 2)) == Timeouts(1, 2)
    with pytest.raises(InvalidValueError, match="finite"):
        as_timeouts(float("inf"))


def known(own: str, given: str, site: str = "") -> tuple[Addresses, list[int]]:
    asked: list[int] = []

    def ask() -> str:
        asked.append(1)
        return site

    return Addresses(server(own), server(given), ask), asked


def test_all_addresses_of_a_site_mean_the_one_connected_to():
    addresses, asked = known("https://host/xnat", "http://host/xnat", "https://archive.example.org/site")
    assert addresses.resolve("/data/projects/P").path == "/data/projects/P"
    assert addresses.resolve("https://host/xnat/data/projects/P?a=b") == ("/data/projects/P", (("a", "b"),))
    assert addresses.resolve("http://host/xnat/data/projects/P").path == "/data/projects/P"
    assert asked == []
    assert addresses.resolve("https://archive.example.org/site/data/projects/P").path == "/data/projects/P"
    assert addresses.resolve("https://archive.example.org/site/data/projects/Q").path == "/data/projects/Q"
    assert asked == [1]


@pytest.mark.parametrize("site", ["", "no url", "https://archive.example.org"])
def test_other_servers_stay_other_servers(site):
    addresses, asked = known("https://host", "https://host", site)
    for uri in ("https://evil.example/data", "https://archive.example.org.evil.example/x", "https://host:8443/data"):
        with pytest.raises(ForeignUrlError, match="this connection is to https://host"):
            addresses.resolve(uri)
    assert asked == [1]


def test_a_site_that_did_not_answer_is_asked_again():
    answers = [None, "https://archive.example.org"]
    addresses = Addresses(server("https://host"), server("https://host"), lambda: answers.pop(0))
    with pytest.raises(ForeignUrlError):
        addresses.resolve("https://archive.example.org/data/projects/P")
    assert addresses.resolve("https://archive.example.org/data/projects/P").path == "/data/projects/P"


IDENTITY_PROVIDERS = [
    "https://login.microsoftonline.com/x/oauth2/v2.0/authorize?client_id=1",
    "https://idp.example.org/profile/SAML2/Redirect/SSO?SAMLRequest=abc",
    "https://sso.example.org/auth/realms/x/protocol/openid-connect/auth",
    "https://adfs.example.org/adfs/ls/",
    "https://cas.example.org/cas/login?service=x",
]


@pytest.mark.parametrize("location", IDENTITY_PROVIDERS)
def test_login_sites_are_told_from_other_redirects(location):
    error = response_error("GET", "/data/auth", 302, location, "")
    assert isinstance(error, IdentityProviderError)
    assert "alias token" in str(error)
    assert "?" not in str(error)


@pytest.mark.parametrize("location", ["https://new.example.org/data/auth", "/openid-login?client_id=x", ""])
def test_other_redirects_are_just_redirects(location):
    assert type(response_error("GET", "/data/auth", 302, location, "")) is UnexpectedStatusError


def test_what_a_redirect_says():
    told = redirect_reason(302, "https://me:S3CRET@new.example.org:8443/x;jsessionid=S3CRET?a=S3CRET")
    assert told.startswith("The server redirects to https://new.example.org:8443/x, which was not followed")
    assert redirect_reason(200, "https://x") == redirect_reason(302, "") == ""
    assert is_to_login_page(302, "https://host/xnat/app/template/Login.vm?x=y")
    assert not is_to_login_page(200, "/app/template/Login.vm")
    assert not is_to_login_page(302, "/app/template/Login.vmx")


@pytest.mark.parametrize(
    ("xsi_type", "path"),
    [
        ("xnat:projectData", "/data/projects/A%20B"),
        ("xnat:subjectData", "/data/subjects/A%20B"),
        ("xnat:mrSessionData", "/data/experiments/A%20B"),
        ("icr:roiCollectionData", "/data/experiments/A%20B"),
    ],
)
def test_where_the_item_of_a_container_is(xsi_type, path):
    assert item_uri({"XNAT_XSI_TYPE": xsi_type, "XNAT_ITEM_ID": "A B"}) == path


@pytest.mark.parametrize("environ", [{}, {"XNAT_XSI_TYPE": "xnat:projectData"}, {"XNAT_ITEM_ID": "P"}])
def test_an_environment_without_item(environ):
    with pytest.raises(UsageError, match="containers and notebooks that XNAT launched"):
        item_uri(environ)
