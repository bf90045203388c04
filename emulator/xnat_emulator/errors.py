"""Refusals as a server words them, and the HTML pages they are sent in."""

from __future__ import annotations

from http import HTTPStatus

_PAGE = """<html>
<head>
   <title>Status page</title>
</head>
<body>
<h3>{message}</h3><p>You can get technical details <a href="{link}">here</a>.<br>
Please continue your visit at our <a href="/">home page</a>.
</p>
</body>
</html>
"""
_SECTION = "http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.{chapter}.{section}"

_CONTAINER_PAGE = """<!doctype html><html lang="en"><head><title>HTTP Status {status} &ndash; {reason}</title></head>\
<body><h1>HTTP Status {status} &ndash; {reason}</h1><hr class="line" /><p><b>Message</b> {message}</p></body></html>"""

DEFAULT_TEXTS = {
    400: "The request could not be understood by the server due to malformed syntax",
    401: "The request requires user authentication",
    403: "The server understood the request, but is refusing to fulfill it",
    404: "The server has not found anything matching the request URI",
    405: "The method specified in the request is not allowed for the resource identified by the request URI",
    500: "The server encountered an unexpected condition which prevented it from fulfilling the request",
    501: "The server does not support the functionality required to fulfill the request",
}
"""Sentence of a status page when the refusal says nothing itself."""


class StatusError(Exception):
    """A request is refused with a status page.

    Attributes:
        status: HTTP status code.
        message: The sentence of the page.
    """

    def __init__(self, status: int, message: str = "") -> None:
        self.status = status
        self.message = message or DEFAULT_TEXTS.get(status, HTTPStatus(status).phrase)
        super().__init__(f"{status} {self.message}")


def not_found(what: str) -> StatusError:
    """Return the 404 for something that is missing or invisible."""
    return StatusError(404, f"Unable to find the specified {what}.")


def status_page(status: int, message: str) -> str:
    """Return the status page of a resource's refusal, byte for byte as recorded (D22)."""
    link = _SECTION.format(chapter=status // 100, section=status % 100 + 1)
    return _PAGE.format(message=message, link=link)


def container_page(status: int, message: str) -> str:
    """Return the page of a refusal made before the resources are reached (rest-data 21.2)."""
    return _CONTAINER_PAGE.format(status=status, reason=HTTPStatus(status).phrase, message=message)
