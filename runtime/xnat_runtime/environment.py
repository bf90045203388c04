"""What the environment says about the network: trusted certificates and proxies, under the usual names."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import attrs

from .errors import InvalidValueError
from .paths import Server

Verify = bool | str | os.PathLike[str] | ssl.SSLContext
ClientCertificate = str | os.PathLike[str] | tuple[str | os.PathLike[str], str | os.PathLike[str]]

# In the order in which they are asked. SSL_CERT_FILE and SSL_CERT_DIR need no code: OpenSSL reads them by itself,
# and so a path that is wrong is checked here only to say so.
_BUNDLE_NAMES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_OPENSSL_NAMES = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@attrs.frozen(repr=False)
class Proxy:
    """A proxy for one server.

    Attributes:
        url: Address without user and password.
        credentials: ``user:password``, or "".
    """

    url: str
    credentials: str

    def __repr__(self) -> str:
        return f"<Proxy {self.url}>"


def tls_context(verify: Verify, client_certificate: ClientCertificate | None = None) -> ssl.SSLContext:
    """Return the TLS settings that a `verify` argument asks for.

    Args:
        verify: True for the certificates that the system or the environment (SSL_CERT_FILE, SSL_CERT_DIR,
            REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE) trusts; False for none at all, which anyone in between can abuse;
            a CA file or folder; or a context of one's own, used as it is.
        client_certificate: PEM file with certificate and key to show to the server, or one file for each.

    Raises:
        InvalidValueError: A CA path does not exist or holds no certificates; a client certificate cannot be read, or
            came with a context of one's own, which is not changed.
    """
    if isinstance(verify, ssl.SSLContext):
        if client_certificate is not None:
            msg = (
                "Load the client certificate into the SSLContext that verify= gives, and leave client_certificate out."
            )
            raise InvalidValueError(msg)
        return verify
    context = _context(verify)
    if client_certificate is not None:
        _load_client(context, client_certificate)
    return context


def _context(verify: bool | str | os.PathLike[str]) -> ssl.SSLContext:
    if not isinstance(verify, bool):
        return _trusting(os.fspath(verify), "verify=")
    if not verify:
        return _unverified()
    named = [name for name in _OPENSSL_NAMES + _BUNDLE_NAMES if os.environ.get(name)]
    return _trusting(os.environ[named[0]], named[0]) if named else ssl.create_default_context()


def proxy_for(server: Server, named: str | None = None) -> Proxy | None:
    """Return the proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (or the system) set for a server.

    Args:
        server: The server to reach.
        named: Address of a proxy that is used whatever the environment says; "" for none at all.

    Raises:
        InvalidValueError: The proxy is not an http:// or https:// one.
    """
    address = _proxy_address(server) if named is None else named
    if not address:
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        place = f"set for {server.scheme} in the environment" if named is None else "given as proxy="
        msg = f"The proxy {place} must be an http:// or https:// address."
        raise InvalidValueError(msg)
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", user)


def _proxy_address(server: Server) -> str:
    proxies = getproxies()
    address = proxies.get(server.scheme) or proxies.get("all") or ""
    is_direct = proxy_bypass(f"{server.host}:{server.port}") or proxy_bypass(server.host)
    return "" if is_direct else address


def _load_client(context: ssl.SSLContext, certificate: ClientCertificate) -> None:
    chain, key = certificate if isinstance(certificate, tuple) else (certificate, None)
    try:
        # An empty password: a key that needs one must not make the program wait for somebody to type it.
        context.load_cert_chain(chain, key, password="")
    except OSError:
        msg = f"client_certificate= names no PEM file with a certificate and its unencrypted key: {os.fspath(chain)}"
        raise InvalidValueError(msg) from None


def _trusting(path: str, origin: str) -> ssl.SSLContext:
    place = Path(path)
    if not place.exists():
        msg = f"{origin} names a CA file or folder that does not exist: {path}"
        raise InvalidValueError(msg)
    try:
        if place.is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except (ssl.SSLError, OSError):
        msg = f"{origin} names a file without PEM certificates: {path}"
        raise InvalidValueError(msg) from None


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
