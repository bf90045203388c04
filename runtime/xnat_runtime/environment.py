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

Verify = bool | str | ssl.SSLContext

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


def tls_context(verify: Verify) -> ssl.SSLContext:
    """Return the TLS settings that a `verify` argument asks for.

    Args:
        verify: True for the certificates that the system or the environment (SSL_CERT_FILE, SSL_CERT_DIR,
            REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE) trusts; False for none at all, which anyone in between can abuse;
            a CA file or folder; or a context of one's own, used as it is.

    Raises:
        InvalidValueError: A CA path does not exist or holds no certificates.
    """
    if isinstance(verify, ssl.SSLContext):
        return verify
    if isinstance(verify, str):
        return _trusting(verify, "verify=")
    if not verify:
        return _unverified()
    named = [name for name in _OPENSSL_NAMES + _BUNDLE_NAMES if os.environ.get(name)]
    return _trusting(os.environ[named[0]], named[0]) if named else ssl.create_default_context()


def proxy_for(server: Server) -> Proxy | None:
    """Return the proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (or the system) set for a server.

    Raises:
        InvalidValueError: The proxy is not an http:// or https:// one.
    """
    proxies = getproxies()
    address = proxies.get(server.scheme) or proxies.get("all")
    if not address or proxy_bypass(f"{server.host}:{server.port}") or proxy_bypass(server.host):
        return None
    parts = urlsplit(address if "://" in address else f"http://{address}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"The proxy set for {server.scheme} in the environment must be an http:// or https:// address."
        raise InvalidValueError(msg)
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Proxy(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", user)


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
