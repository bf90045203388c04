"""What an HTML answer of the server means: the reason on an error page, or a login page in place of data."""

from __future__ import annotations

import json
import re
from typing import Any

REASON_LIMIT = 300
"""Longest reason that is kept, in characters."""

SNIFF_BYTES = 65_536
"""Bytes of an answer that are looked at, at most."""

# Compiled at the first use: most programs never see a page, and connecting should not wait.
_HTML_START = rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b"
_LOGIN_FORM = (
    rb"""type\s*=\s*["']?password|j_password|login_form|Login\.vm|j_spring_security_check|<title>[^<]*\blog\s?in\b"""
)
_TAG = r"<[^<>]*>"
_UNSEEN = r"(?is)<(script|style)\b.*?</\1\s*>"

# In order of trust: XNAT's status page (rest-data 21.1), then the pages of servlet containers and proxies.
_REASONS = (
    r"(?is)<h3[^>]*>(.*?)</h3\s*>",
    r"(?is)<b>\s*message\s*</b>(.*?)</p\s*>",
    r"(?is)<th[^>]*>\s*MESSAGE:?\s*</th>\s*<td[^>]*>(.*?)</td\s*>",
    r"(?is)<pre[^>]*>(.*?)</pre\s*>",
    r"(?is)<h1[^>]*>(.*?)</h1\s*>",
    r"(?is)<h2[^>]*>(.*?)</h2\s*>",
    r"(?is)<title[^>]*>(.*?)</title\s*>",
    r"(?is)<body[^>]*>(.*)",
)


def is_html(head: bytes) -> bool:
    """Return whether the first bytes of an answer begin an HTML document.

    Args:
        head: The first bytes; a few hundred are enough.
    """
    return re.match(_HTML_START, head[:SNIFF_BYTES], re.I | re.S) is not None


def has_login_form(head: bytes) -> bool:
    """Return whether these bytes of an HTML page hold a login form."""
    return re.search(_LOGIN_FORM, head[:SNIFF_BYTES], re.I) is not None


def may_be_page(content_type: str) -> bool:
    """Return whether an answer may be a page by its media type: HTML, or none declared.

    HTML inside of what is served as another type is data.
    """
    return not content_type or "html" in content_type.lower()


def is_login_page(head: bytes, *, html: bool = False) -> bool:
    """Return whether a 2xx answer is a login page in place of data (rest-data 2.5.3).

    Args:
        head: The first bytes of an answer that `may_be_page`.
        html: Whether HTML is what was asked for; then only a page with a login form counts.
    """
    return is_html(head) and (not html or has_login_form(head))


def reason(content: bytes, charset: str = "utf-8") -> str:
    """Return the server's reason from the body of an error answer, as one line of plain text.

    Reads XNAT's status pages, error pages of containers and proxies, JSON error objects and plain text. Tags are
    removed, entities decoded, control characters dropped, and it is cut after `REASON_LIMIT` characters.

    Args:
        content: The body, or its beginning.
        charset: The body's character set; an unknown one is read as UTF-8.
    """
    text = _decode(content[:SNIFF_BYTES], charset)
    found = _from_html(text) if "<" in text and _looks_tagged(text) else _from_json(text) or text
    return _one_line(found)


def _looks_tagged(text: str) -> bool:
    return is_html(text.encode()) or re.search(r"</[a-zA-Z][^<>]*>", text) is not None


def _from_html(text: str) -> str:
    seen = re.sub(_UNSEEN, " ", text)
    for pattern in _REASONS:
        match = re.search(pattern, seen)
        found = _plain(match.group(1)) if match else ""
        if found and found.lower() != "null":
            return found
    return "" if re.search(r"(?i)<body\b|<h[1-6]\b", seen) else _plain(seen)


def _plain(fragment: str) -> str:
    import html  # noqa: PLC0415  # its table of entities is large, and few answers are pages

    return html.unescape(re.sub(_TAG, " ", fragment)).strip()


def _from_json(text: str) -> str:
    if not text.lstrip().startswith("{"):
        return ""
    try:
        # Any: the server's error objects have no schema; only texts are taken from them.
        found: dict[str, Any] = json.loads(text)
    except ValueError:
        return ""
    told = (found.get(name) for name in ("message", "error", "detail"))
    return next((text for text in told if isinstance(text, str) and text.strip()), "")


def _one_line(text: str) -> str:
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if line.lower() == "null":
        return ""
    return line if len(line) <= REASON_LIMIT else line[: REASON_LIMIT - 1].rstrip() + "…"


def _decode(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return content.decode("utf-8", errors="replace")
