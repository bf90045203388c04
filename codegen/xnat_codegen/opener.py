"""How a server is reached: certificates, proxies, redirects and cookies."""

from __future__ import annotations

import os
import ssl
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.client import HTTPMessage
from http.cookiejar import CookieJar
from pathlib import Path
from typing import IO, Final

import attrs

from .errors import CodegenError, Source

# In the order in which they are asked. SSL_CERT_FILE and SSL_CERT_DIR are read by OpenSSL itself.
BUNDLE_NAMES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
OPENSSL_NAMES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@attrs.frozen
class NetworkOptions:
    """What the command line says about the way to a server.

    Attributes:
        verify: Whether to check the server's certificate.
        ca: File or folder of the CAs to check it with, None for those that the system or the environment trusts.
        client_certificate: PEM file with certificate and key to show to the server.
        proxy: Address of a proxy, None for the environment's, "" for none.
    """

    verify: bool = True
    ca: Path | None = None
    client_certificate: Path | None = None
    proxy: str | None = None


class _SameServer(urllib.request.HTTPRedirectHandler):
    """Follows redirects on the same server only, since the request carries the password."""

    def redirect_request(  # noqa: PLR0917  # the signature of the standard library
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl)[:2] != urllib.parse.urlsplit(req.full_url)[:2]:
            raise CodegenError("the server redirects to another one: use the URL that it redirects to")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_network(options: NetworkOptions, environ: Mapping[str, str] = os.environ) -> urllib.request.OpenerDirector:
    """Returns what sends requests; cookies are kept, and redirects stay on the server.

    Raises:
        CodegenError: A certificate file cannot be used, or the proxy is no http(s) address.
    """
    handlers: list[urllib.request.BaseHandler] = [
        _SameServer(),
        urllib.request.HTTPCookieProcessor(CookieJar()),
        urllib.request.HTTPSHandler(context=tls_context(options, environ)),
    ]
    if options.proxy is not None:
        handlers.append(urllib.request.ProxyHandler(_proxies(options.proxy)))
    opener = urllib.request.build_opener(*handlers)
    opener.addheaders = [("User-Agent", "xnat-codegen")]
    return opener


def _proxies(address: str) -> dict[str, str]:
    if not address:
        return {}
    parts = urllib.parse.urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CodegenError("--proxy takes an http:// or https:// address")
    return dict.fromkeys(("http", "https"), parts.geturl())


def tls_context(options: NetworkOptions, environ: Mapping[str, str]) -> ssl.SSLContext:
    """Returns the TLS settings: certificates are checked unless the options say otherwise.

    Raises:
        CodegenError: A file is not there or holds no certificate.
    """
    context = _checking(options, environ)
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if options.client_certificate is not None:
        _show(context, options.client_certificate)
    return context


def _checking(options: NetworkOptions, environ: Mapping[str, str]) -> ssl.SSLContext:
    named = next((Path(environ[name]) for name in OPENSSL_NAMES + BUNDLE_NAMES if environ.get(name)), None)
    place = options.ca or named
    if place is None or not options.verify:
        return ssl.create_default_context()
    try:
        if place.is_dir():
            return ssl.create_default_context(capath=place)
        return ssl.create_default_context(cafile=place)
    except (OSError, ssl.SSLError):
        raise CodegenError("is no file or folder with certificates of a CA", Source(str(place))) from None


def _show(context: ssl.SSLContext, certificate: Path) -> None:
    try:
        # An empty password: a key that needs one must not make the command wait for somebody to type it.
        context.load_cert_chain(certificate, password="")
    except (OSError, ssl.SSLError):
        raise CodegenError(
            "is no PEM file with a certificate and its unencrypted key", Source(str(certificate))
        ) from None
