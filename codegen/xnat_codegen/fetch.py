"""``fetch URL``: the schemas of a server, written to a folder."""

from __future__ import annotations

import base64
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException, HTTPMessage
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Final, cast

from .errors import CodegenError, Source
from .model.xsd import XSD_NAMESPACE
from .read.document import parse_document
from .write import replace_file

TIMEOUT: Final = 60.0
"""Seconds to wait for the server."""
MAX_ANSWER: Final = 64 * 1024 * 1024
"""Largest answer that is read, in bytes."""
NAME = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)?")
SCHEMA_TAG: Final = f"{{{XSD_NAMESPACE}}}schema"
WEB_PAGE = re.compile(rb"\s*(<!doctype\s+html|<html)\b", re.IGNORECASE)
NO_URL: Final = "the server must be an http:// or https:// URL, such as https://xnat.example.org"
TLS_HINT: Final = "; name the file with the server's CA in SSL_CERT_FILE"
HINTS: Final = {
    401: "user and password are refused, or the server wants a login: give --user",
    403: "this account may not read schemas",
    404: "there is no such address: is this an XNAT server, and is its context path part of the URL?",
}


class _SameServer(urllib.request.HTTPRedirectHandler):
    """Follows redirects on the same server only, since the request carries the password."""

    def redirect_request(  # noqa: PLR0917  # the signature of the standard library
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            raise CodegenError("the server redirects to another one: use the URL that it redirects to")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class SchemaServer:
    """The schema calls of one server (schema-and-search 1.1)."""

    def __init__(self, url: str, user: str | None, password: str | None) -> None:
        """Prepares the calls; nothing is sent yet.

        Args:
            url: URL of the server, with its context path when it has one.
            user: Account, None for a server that is open to guests.
            password: Its password.

        Raises:
            CodegenError: The URL is no http(s) URL, or holds a user name.
        """
        self._base = _base_url(url)
        self._opener = urllib.request.build_opener(_SameServer, urllib.request.HTTPCookieProcessor(CookieJar()))
        self._opener.addheaders = [("User-Agent", "xnat-codegen")]
        if user is not None:
            token = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
            self._opener.addheaders.append(("Authorization", f"Basic {token}"))

    def names(self) -> list[str]:
        """Returns the names of the server's schemas, such as ``pipeline/workflow``.

        Raises:
            CodegenError: The server does not answer with a list of names.
        """
        try:
            answer: object = json.loads(self._get("/xapi/schemas"))
        except ValueError:
            answer = None
        if not isinstance(answer, list):
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

    def close(self) -> None:
        """Ends the login, so that it does not count against the account's sessions."""
        request = urllib.request.Request(f"{self._base}/data/JSESSION", method="DELETE")  # noqa: S310  # checked above
        try:
            self._opener.open(request, timeout=TIMEOUT).close()
        except (OSError, HTTPException, CodegenError):
            return

    def _get(self, path: str) -> bytes:
        try:
            with self._opener.open(self._base + path, timeout=TIMEOUT) as response:
                text: bytes = response.read(MAX_ANSWER + 1)
        except urllib.error.HTTPError as error:
            hint = HINTS.get(error.code, error.reason)
            raise CodegenError(f"GET {path} was answered with {error.code}: {hint}") from None
        except urllib.error.URLError as error:
            hint = TLS_HINT if isinstance(error.reason, ssl.SSLCertVerificationError) else ""
            raise CodegenError(f"the server cannot be reached: {error.reason}{hint}") from None
        except (OSError, HTTPException) as error:
            raise CodegenError(f"the connection failed: {type(error).__name__}") from None
        if len(text) > MAX_ANSWER:
            raise CodegenError(f"the answer to GET {path} is larger than {MAX_ANSWER} bytes")
        return text


def _base_url(url: str) -> str:
    """The URL that paths are appended to, percent-encoded."""
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


def fetch(server: SchemaServer, out: Path) -> list[Path]:
    """Writes all schemas of a server below a folder and returns their paths; nothing is written unless all came.

    Raises:
        CodegenError: A request fails.
    """
    try:
        schemas = {schema_path(name): server.schema(name) for name in server.names()}
    finally:
        server.close()
    for path, text in schemas.items():
        replace_file(out / path, text)
    return [out / path for path in sorted(schemas)]


def schema_path(name: str) -> Path:
    """Returns the path of a schema below the folder: ``xnat`` stands for ``xnat/xnat.xsd``."""
    folder, _, file = name.partition("/")
    return Path(folder) / f"{file or folder}.xsd"
