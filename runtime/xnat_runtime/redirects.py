"""Redirects that are not followed, and what they mean."""

from __future__ import annotations

import re

from .errors import IdentityProviderError, ResponseError, error_for
from .redaction import public_path

# Signs of SAML, OpenID Connect, Shibboleth, CAS, ADFS and Keycloak in the address of a login site.
_LOGIN_SITE = re.compile(
    r"(?i)SAML|oauth|openid|oidc|shibboleth|[/.]s?sso?[/.]|[/.]idp[/.]|/adfs|/cas/|/realms/|[?&](?:client_id|response_type)="
)
_LOGIN_PAGE = re.compile(r"(?i)/app/template/Login\.vm(?:[?#;]|$)")


def is_to_login_page(status: int, location: str) -> bool:
    """Return whether a redirect leads to XNAT's own login page, as browsers are sent there (rest-data 2.5.1)."""
    return 300 <= status < 400 and _LOGIN_PAGE.search(location) is not None


def redirect_reason(status: int, location: str) -> str:
    """Return what a redirect that was not followed says, "" for an answer that is none.

    Args:
        status: HTTP status of the answer.
        location: Its ``Location``; only scheme, host and path are told.
    """
    if not 300 <= status < 400 or not location:
        return ""
    target = f"{_origin_of(location)}{public_path(location)}"
    return f"The server redirects to {target}, which was not followed; connect to that address if it is the right one"


def response_error(method: str, url: str, status: int, location: str, reason: str) -> ResponseError:
    """Return the error that an answer stands for: a redirect to a login site has one of its own.

    Args:
        method: HTTP verb of the request.
        url: Path of the request.
        status: HTTP status of the answer.
        location: Its ``Location``, or "".
        reason: The server's reason, or "".
    """
    if 300 <= status < 400 and _origin_of(location) and _LOGIN_SITE.search(location):
        told = f"The server redirects to {_origin_of(location)}, which was not followed"
        return IdentityProviderError(method, url, status, told)
    return error_for(method, url, status, reason)


def _origin_of(location: str) -> str:
    before, found, rest = location.partition("//")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{before}//{authority}" if found and before in {"", "http:", "https:"} else ""
