"""The commands: what each is called, where it is, and its line in ``--help``."""

from __future__ import annotations

from typing import Final, NamedTuple


class Entry(NamedTuple):
    """One command.

    Attributes:
        place: Module in this package and name of the function, as ``listing:ls``.
        title: One line for ``--help``.
    """

    place: str
    title: str


SECTIONS: Final[dict[str, dict[str, Entry]]] = {
    "Log in": {
        "login": Entry("login:login", "log in, and keep the password where only you can read it"),
        "logout": Entry("logout:logout", "forget the password that login kept"),
        "whoami": Entry("whoami:whoami", "show the server, the account and how long the login lasts"),
        "profile list": Entry("profile:list_profiles", "show the named servers"),
        "profile add": Entry("profile:add", "name a server, with its settings"),
        "profile use": Entry("profile:use", "choose the server that commands talk to"),
        "profile show": Entry("profile:show", "show the settings of one"),
        "profile remove": Entry("profile:remove", "forget one"),
    },
    "Look": {
        "ls": Entry("listing:ls", "list what is at a path: projects, subjects, sessions, scans, files"),
        "tree": Entry("tree:tree", "show what is below a path as a tree"),
        "info": Entry("info:info", "show the fields of one item"),
        "search": Entry("searching:search", "find items of the whole site by their fields"),
    },
    "Move data": {
        "download": Entry("downloading:download", "download items, by path or by pattern"),
        "upload": Entry("uploading:upload", "upload files and folders into a resource"),
        "import": Entry("importing:import_", "send DICOM to the archive or the prearchive"),
        "verify": Entry("verifying:verify", "compare a downloaded folder with the server"),
        "mirror": Entry("mirroring:mirror", "keep a folder in step with a project"),
        "copy": Entry("copying:copy", "copy a project to another project or server"),
    },
    "Prearchive": {
        "prearchive list": Entry("prearchive:list_sessions", "list the sessions that wait"),
        "prearchive archive": Entry("prearchive:archive", "put sessions into the archive"),
        "prearchive move": Entry("prearchive:move", "move sessions to another project"),
        "prearchive rebuild": Entry("prearchive:rebuild", "read the files of sessions again"),
        "prearchive delete": Entry("prearchive:delete", "delete sessions that wait"),
    },
    "Change": {
        "vars get": Entry("variables:get", "show custom variables, of one item or as a table"),
        "vars set": Entry("variables:set_", "set custom variables, of one item or from a CSV file"),
        "rename": Entry("renaming:rename", "rename items, one or many, from a CSV file or by a pattern"),
        "share": Entry("sharing:share", "share items into other projects, or end that"),
        "delete": Entry("deleting:delete", "delete items"),
    },
    "REST": {
        "rest get": Entry("rest:get", "send GET and print the answer"),
        "rest head": Entry("rest:head", "send HEAD and print the headers"),
        "rest put": Entry("rest:put", "send PUT, with a body or without"),
        "rest post": Entry("rest:post", "send POST, with a body or without"),
        "rest delete": Entry("rest:delete", "send DELETE"),
    },
}

GROUPS: Final = {
    "profile": "named servers, none with a password in it",
    "prearchive": "sessions that arrived and wait to be archived",
    "vars": "custom variables",
    "rest": "requests as they are, for what has no command",
}
