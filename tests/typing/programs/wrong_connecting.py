"""Slips in connecting and in low-level requests."""

import io

from xnat_sdk import XnatSession, connect


def wrong_options() -> None:
    connect(443)  # E
    connect("https://xnat.example.org", "me", 3)  # E
    connect("https://xnat.example.org", pasword="secret")  # E
    connect("https://xnat.example.org", verify=3.5)  # E
    connect("https://xnat.example.org", default_timeout="long")  # E
    connect("https://xnat.example.org", headers={"X": 1})  # E
    connect("https://xnat.example.org", read_only="yes")  # E
    connect("https://xnat.example.org", client_certificate=("a", "b", "c"))  # E
    connect("https://xnat.example.org", credentials=("me", "secret"))  # E
    connect("https://xnat.example.org", credentials=lambda: ("me", "secret"))  # E
    connect("https://xnat.example.org", debug="yes")  # E
    connect("https://xnat.example.org", pilot_timeout="soon")  # E


def wrong_requests(session: XnatSession) -> None:
    session.get("/data/projects", query={"a": 1})  # E
    session.get("/data/projects").json().items()  # E
    session.get("/data/projects", data=b"x")  # E
    session.put("/data/projects", json=object())  # E
    session.put("/data/projects", data=3)  # E
    session.put("/data/x", files={"file": 3})  # E
    session.post("/data/x", files={"file": io.StringIO("x")})  # E
    session.upload("/data/x", io.StringIO("x"))  # E
    session.download_stream("/data/x", io.StringIO())  # E
    session.jsession = "x"  # E
    session.read_only = False  # E
    session.server_info.version >= 1.8  # E
    session.tokens.issue().secrets  # E
    session.keepalive = "often"  # E
