"""Small services: mail, features, addresses that may speak for others, extensions (rest-data 17.4)."""

from __future__ import annotations

from typing import cast

from ..address import project_named
from ..call import FORM_TYPE, Call, Pairs, Reply, as_number, read_form, text_reply
from ..errors import StatusError
from ..formats.documents import compact_json
from ..formats.tables import Table
from ..permissions import is_administrator
from ..store.config import Place
from ..store.mails import Mail
from ..store.node import JsonValue
from .replies import table_reply
from .texts import body_json, body_text

# --- mail ---


def send_mail(call: Call) -> Reply:
    """``POST /data/services/mail/send``: the mail is kept, not sent; ``OK``.

    Recipients are addresses or numbers of accounts; those that belong to no account are left out with a warning, and
    without any recipient left nothing is sent, which is told as a warning too.

    Raises:
        StatusError: 400 without a recipient, a subject or a text, and for several subjects or texts.
    """
    said = _parameters(call)
    if problems := _mail_problems(said):
        raise StatusError(400, " ".join(problems))
    recipients = {name: _addresses(call, said.get(name, [])) for name in ("to", "cc", "bcc")}
    asked = sum(len(said.get(name, [])) for name in recipients)
    if recipients["to"]:
        texts = (said.get(name, [""])[0] for name in ("subject", "text", "html"))
        call.archive.mails.add(Mail(call.login, recipients, *texts))
    found = sum(len(addresses) for addresses in recipients.values())
    return text_reply("OK" if found == asked else "OK with warnings, see log.")


def _parameters(call: Call) -> dict[str, list[str]]:
    fields: Pairs = call.form
    if call.has_content and call.content_type == FORM_TYPE:
        fields = read_form(call.body.read())
    found: dict[str, list[str]] = {}
    for name, value in (*call.query, *fields):
        found.setdefault(name, []).append(value)
    return found


def _mail_problems(said: dict[str, list[str]]) -> list[str]:
    problems: list[str] = []
    if "to" not in said:
        problems.append("You must specify at least one recipient for your message.")
    if "subject" not in said:
        problems.append("Emails sent through this service must have a subject.")
    if "text" not in said and "html" not in said:
        problems.append("Emails sent through this service must have a body, in html or text.")
    repeated = [name for name in ("subject", "text", "html") if len(said.get(name, [])) > 1]
    return [*problems, *(f"You can only provide a single value for the email {name}." for name in repeated)]


def _addresses(call: Call, wanted: list[str]) -> list[str]:
    users = call.archive.users.all()
    by_number = {user.number: user.email for user in users}
    known = {user.email for user in users}
    found = (by_number.get(as_number(name) or 0, name) for name in wanted)
    return [address for address in found if address in known]


# --- features ---


def show_features(call: Call) -> Reply:
    """``GET /data/services/features``: the features of the site, which has none; groups of projects with ``tag``.

    Raises:
        StatusError: 400 for ``group`` alone.
    """
    tags, kind = call.parameter("tag"), call.parameter("type")
    if tags is not None:
        named = (project_named(call, name) for name in tags.split(",") if name)
        found = [owner.id for owner in named if owner is not None]
        return text_reply(compact_json([_feature_groups(owner, _groups(call, owner)) for owner in found]))
    if kind is not None:
        return text_reply(compact_json([_feature_groups("__site_wide__", _group_types(call))]))
    if call.parameter("group") is not None:
        raise StatusError(400)
    columns = ("key", "name", "description", "enabled", "banned")
    return table_reply(call, Table(columns, [], counted=False))


def _groups(call: Call, owner: str) -> list[tuple[str, str]]:
    return [(group.id, group.title) for group in call.archive.groups.of_project(owner)]


def _group_types(call: Call) -> list[tuple[str, str]]:
    projects = call.archive.items.all("project")
    titles = (title for project in projects for _, title in _groups(call, project.id))
    return [(title, title) for title in dict.fromkeys(titles)]


def _feature_groups(identifier: str, groups: list[tuple[str, str]]) -> JsonValue:
    empty = ("features", "blocked", "inherited_features", "inherited_banned")
    listed: list[JsonValue] = [
        {"id": name, "display": title, **{key: cast("list[JsonValue]", []) for key in empty}} for name, title in groups
    ]
    return {"id": identifier, "banned": [], "onByDefault": [], "groups": listed}


def post_feature(call: Call) -> Reply:
    """``POST /data/services/features``: switches a feature; the site has none, so that every key is unknown.

    Raises:
        StatusError: 412 without a body, 400 for a body that is no JSON object with a key, 403 for who is no
            administrator, 404.
    """
    if not call.has_content:
        raise StatusError(412, "A feature and what to do with it are needed.")
    said = body_json(call)
    if not isinstance(said, dict) or not isinstance(said.get("key"), str):
        raise StatusError(400, "Invalid JSON content")
    if not is_administrator(call):
        raise StatusError(403)
    raise StatusError(404)


# --- addresses ---

_WHITELIST = Place("ipWhitelist", "/system/ipWhitelist")
_LOCAL = ("127.0.0.1", "0:0:0:0:0:0:0:1")


def show_whitelist(call: Call) -> Reply:
    """``GET /data/services/ipwhitelist``: addresses, one a line; administrators only."""
    if not is_administrator(call):
        raise StatusError(403)
    return text_reply(call.archive.config.contents(_WHITELIST) or "\n".join(_LOCAL))


def put_whitelist(call: Call) -> Reply:
    """``PUT`` of the same: addresses between blanks and commas; those of the server itself are always among them.

    Raises:
        StatusError: 403, 412 without a body.
    """
    if not is_administrator(call):
        raise StatusError(403)
    wanted = body_text(call).replace(",", " ").split()
    if not wanted:
        raise StatusError(412, "You must provide a configuration for whitelisted IP addresses.")
    addresses = dict.fromkeys((*wanted, *_LOCAL))
    call.archive.config.put(_WHITELIST, "\n".join(addresses), call.login, reason="")
    return text_reply("")


def verify_extensions(call: Call) -> Reply:
    """``GET /data/services/extensions/verify``: a sentence as text, to see that extension routes answer."""
    del call
    return text_reply("This is to verify that dynamically configured restlets are functioning properly.")
