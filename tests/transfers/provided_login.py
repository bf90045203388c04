"""A function that gives a login and knows a secret, as pipelines have them."""

from __future__ import annotations

SECRET = "a-secret-of-the-module"
LOGINS: list[tuple[str, str]] = []


def login(server: str) -> tuple[str, str]:
    """Give the login that the test has put there."""
    assert server.startswith("http")
    return LOGINS[-1]
