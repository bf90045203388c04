"""``fetch URL``: what a server says of its data types and its API, written to a folder."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Final, cast

import attrs

from .errors import CodegenError, Source
from .login import GUEST, Login
from .model.xsd import XSD_NAMESPACE
from .read.document import parse_document
from .site_display import display_document, own_types, rows
from .write import replace_file

TIMEOUT: Final = 60.0
"""Seconds to wait for the server."""
MAX_ANSWER: Final = 64 * 1024 * 1024
"""Largest answer that is read, in bytes."""
NAME = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)?")
SCHEMA_TAG: Final = f"{{{XSD_NAMESPACE}}}schema"
WEB_PAGE = re.compile(rb"\s*(<!doctype\s+html|<html)\b", re.IGNORECASE)
NO_URL: Final = "the server must be an http:// or https:// URL, such as https://xnat.example.org"
TLS_HINT: Final = "; name the file with the server's CA with --ca or in SSL_CERT_FILE"
NEEDS_LOGIN: Final = (
    "the site requires a login, and there is none: give --user, set XNAT_USER and XNAT_PASS, or add the server to your "
    "netrc file"
)
HINTS: Final = {
    403: "this account may not read that",
    404: "there is no such address: is this an XNAT server, and is its context path part of the URL?",
}
SWAGGER_PATH: Final = "/xapi/v2/api-docs"
SWAGGER_FILE: Final = "swagger.json"
DISPLAY_FILE: Final = "display.toml"
ELEMENTS_PATH: Final = "/data/search/elements"


class SchemaServer:
    """The calls of one server that tell what it has (schema-and-search 1.1, 3.2 and 5.10)."""

    def __init__(self, url: str, login: Login, opener: urllib.request.OpenerDirector) -> None:
        """Prepares the calls; nothing is sent yet.

        Args:
            url: URL of the server, with its context path when it has one.
            login: Who asks.
            opener: What sends the requests.

        Raises:
            CodegenError: The URL is no http(s) URL, or holds a user name; the user name cannot be sent.
        """
        self._base = base_url(url)
        self._login = login
        self._opener = opener
        self._headers = _login_headers(login)
        self._is_logged_in = False
        self._is_checked = not self._headers or not _is_open_to_listeners(self._base)

    def names(self) -> list[str]:
        """Returns the names of the server's schemas, such as ``pipeline/workflow``.

        Raises:
            CodegenError: The server does not answer with a list of names.
        """
        text = self._get("/xapi/schemas")
        try:
            answer: object = json.loads(text)
        except ValueError:
            answer = None
        if not isinstance(answer, list):
            if WEB_PAGE.match(text) and self._login == GUEST:
                raise CodegenError(NEEDS_LOGIN)
            raise CodegenError("the server did not answer with a list of schemas; is a login needed (--user)?")
        names = [str(name) for name in cast("list[object]", answer)]
        for name in names:
            if not NAME.fullmatch(name):
                raise CodegenError(f"the server lists a schema with the unsafe name {name!r}")
        return sorted(names)

    def schema(self, name: str) -> bytes:
        """Returns a schema document.

        Raises:
            CodegenError: The server does not answer with a schema.
        """
        text = self._get(f"/xapi/schemas/{urllib.parse.quote(name)}")
        source = Source(f"{self._base}/xapi/schemas/{name}")
        if WEB_PAGE.match(text):
            raise CodegenError("the server answered with a web page; is a login needed (--user)?", source)
        if parse_document(text, source.file).tag != SCHEMA_TAG:
            raise CodegenError("the server did not answer with an XML schema", source)
        return text

    def swagger(self) -> bytes | None:
        """Returns the server's Swagger 2.0 document, keys sorted; None when it offers none."""
        try:
            document: object = json.loads(self._get_if_there(SWAGGER_PATH) or b"")
        except ValueError:
            return None
        found = cast("dict[str, object]", document) if isinstance(document, dict) else {}
        if not str(found.get("swagger", "")).startswith("2."):
            return None
        return f"{json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)}\n".encode()

    def display(self, known: frozenset[str]) -> bytes | None:
        """Returns the display fields of the site's own types as a ``display.toml``; None when it lists none.

        Args:
            known: Types whose display fields are known without the server.
        """
        listed = rows(self._get_if_there(f"{ELEMENTS_PATH}?format=json") or b"")
        answers = {name: self._fields_of(name) for name in own_types(listed, known)}
        fields = {name: rows(answer) for name, answer in answers.items() if answer is not None}
        return display_document(fields).encode() if fields else None

    def _fields_of(self, name: str) -> bytes | None:
        return self._get_if_there(f"{ELEMENTS_PATH}/{urllib.parse.quote(name, safe=':')}?format=json")

    def close(self) -> None:
        """Ends the login, so that it does not count against the account's sessions; one that was given stays."""
        if self._login.session or not self._is_logged_in:
            return
        request = self._request("/data/JSESSION", "DELETE")
        try:
            self._opener.open(request, timeout=TIMEOUT).close()
        except (OSError, HTTPException, CodegenError):
            return

    def _get(self, path: str) -> bytes:
        try:
            return self._read(path)
        except urllib.error.HTTPError as error:
            raise CodegenError(self._reason(path, error)) from None

    def _get_if_there(self, path: str) -> bytes | None:
        """The answer, None when the server refuses it or fails: what it holds can be done without."""
        try:
            return self._read(path)
        except urllib.error.HTTPError:
            return None

    def _read(self, path: str) -> bytes:
        self._look_around()
        try:
            with self._opener.open(self._request(path), timeout=TIMEOUT) as response:
                self._is_logged_in = True
                text: bytes = response.read(MAX_ANSWER + 1)
        except urllib.error.HTTPError:
            raise
        except urllib.error.URLError as error:
            hint = TLS_HINT if isinstance(error.reason, ssl.SSLCertVerificationError) else ""
            raise CodegenError(f"the server cannot be reached: {error.reason}{hint}") from None
        except (OSError, HTTPException) as error:
            raise CodegenError(f"the connection failed: {type(error).__name__}") from None
        if len(text) > MAX_ANSWER:
            raise CodegenError(f"the answer to GET {path} is larger than {MAX_ANSWER} bytes")
        return text

    def _look_around(self) -> None:
        """Asks once without the login where everybody could listen: a site that sends to https gets it there only."""
        if self._is_checked:
            return
        self._is_checked = True
        request = urllib.request.Request(f"{self._base}/data/auth")  # noqa: S310  # base_url checks the scheme
        try:
            self._opener.open(request, timeout=TIMEOUT).close()
        except (OSError, HTTPException):
            return

    def _request(self, path: str, method: str = "GET") -> urllib.request.Request:
        url = self._base + path
        return urllib.request.Request(url, headers=self._headers, method=method)  # noqa: S310  # base_url checks it

    def _reason(self, path: str, error: urllib.error.HTTPError) -> str:
        if error.code != 401:
            return f"GET {path} was answered with {error.code}: {HINTS.get(error.code, error.reason)}"
        if self._login == GUEST:
            return NEEDS_LOGIN
        if self._login.session:
            return f"the login session of {self._login.origin} has ended, or belongs to another server"
        return f"GET {path} was answered with 401: user and password are refused"


def _login_headers(login: Login) -> dict[str, str]:
    if login.session:
        if not re.fullmatch(r"[\w.!~-]{8,256}", login.session, re.ASCII):
            raise CodegenError(f"{login.origin} holds no session id")
        return {"Cookie": f"JSESSIONID={login.session}"}
    if not login.user:
        return {}
    if ":" in login.user:
        raise CodegenError(
            f"the user name {login.user!r} holds ':', which Basic credentials cannot: use an alias token"
        )
    name = f"{login.provider}/{login.user}" if login.provider else login.user
    token = base64.b64encode(f"{name}:{login.password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def _is_open_to_listeners(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def base_url(url: str) -> str:
    """Returns the URL that paths are appended to, percent-encoded.

    Raises:
        CodegenError: It is no http(s) URL, or holds a user name or more than a path.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        is_complete = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise CodegenError(NO_URL) from None
    if parts.scheme not in ("http", "https") or not is_complete:
        raise CodegenError(NO_URL)
    if parts.username is not None or parts.password is not None:
        raise CodegenError("the URL holds a user name or password: give --user instead")
    if parts.query or parts.fragment:
        raise CodegenError("the URL holds more than the server and its context path: leave out what follows ? or #")
    return f"{parts.scheme}://{parts.netloc}{urllib.parse.quote(parts.path.rstrip('/'), safe='/%')}"


@attrs.frozen
class Fetched:
    """What was written.

    Attributes:
        paths: The files.
        missing: What the server does not offer, in words.
        strays: Schemas in the folder that the server does not have (any more).
    """

    paths: tuple[Path, ...]
    missing: tuple[str, ...]
    strays: tuple[Path, ...]


def fetch(server: SchemaServer, out: Path, known: frozenset[str] = frozenset()) -> Fetched:
    """Writes all schemas of a server below a folder, its Swagger document and the display fields of its own types.

    Nothing is written unless all schemas came; the other two are left out where the server does not offer them.

    Args:
        server: The server.
        out: The folder.
        known: Types whose display fields are known without the server.

    Raises:
        CodegenError: A request for a schema fails, or the folder cannot be written.
    """
    try:
        schemas = {schema_path(name): server.schema(name) for name in server.names()}
        others = {Path(SWAGGER_FILE): server.swagger(), Path(DISPLAY_FILE): server.display(known)}
    finally:
        server.close()
    files = schemas | {path: text for path, text in others.items() if text is not None}
    for path, text in files.items():
        replace_file(out / path, text)
    return Fetched(tuple(out / path for path in sorted(files)), _missing(others), _strays(out, schemas))


def _missing(others: Mapping[Path, bytes | None]) -> tuple[str, ...]:
    return ("no Swagger document",) if others[Path(SWAGGER_FILE)] is None else ()


def _strays(out: Path, schemas: Mapping[Path, bytes]) -> tuple[Path, ...]:
    """Schemas of an earlier run; they are told and stay, since somebody may have put them there."""
    return tuple(path for path in sorted(out.rglob("*.xsd")) if path.relative_to(out) not in schemas)


def schema_path(name: str) -> Path:
    """Returns the path of a schema below the folder: ``xnat`` stands for ``xnat/xnat.xsd``."""
    folder, _, file = name.partition("/")
    return Path(folder) / f"{file or folder}.xsd"
