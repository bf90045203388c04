"""Recorded item documents in XML (D25, D26): elements, attributes, comments and the head, in order and value."""

from __future__ import annotations

import re

from lxml import etree

from .items import place
from .replays import replays
from .states import put, put_document, put_project, put_session, put_subject

XNAT = "{http://nrg.wustl.edu/xnat}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
MR = "xnat:mrSessionData"


def document(client, path: str) -> str:
    answer = client.get(f"{path}?format=xml")
    assert answer.status == 200, answer.data
    assert answer.headers["Content-Type"].startswith("text/xml")
    return answer.data.decode()


@replays("subject-1.xml", "own-subject.xml")
def test_subject_with_an_experiment(client, sample, name):
    """A site of 2013: resources did not say yet how many files they hold, and schemas had their folders (D25)."""
    was = etree.fromstring(sample(name).encode())
    path = replay_subject(client, was)
    text = document(client, path)
    now = etree.fromstring(text.encode())
    for resource in now.iter(f"{XNAT}resource"):
        assert (resource.attrib.pop("file_count"), resource.attrib.pop("file_size")) == ("0", "0")
    assert outline(now) == outline(was)
    assert_head(text, sample(name))


def replay_subject(client, was: etree._Element) -> str:
    path = put_subject(client, was.get("project"), was.get("ID"), was.get("label"))
    said = was.find(f"{XNAT}demographics")
    put(client, path, **{name: said.findtext(f"{XNAT}{name}") for name in ("age", "gender")})
    one = was.find(f"{XNAT}experiments/{XNAT}experiment")
    values = {name: one.findtext(f"{XNAT}{name}") for name in ("acquisition_site", "scanner")}
    session = put_session(client, path, MR, one.get("ID"), one.get("label"), **values)
    for resource in one.iter(f"{XNAT}resource"):
        put(client, f"{session}/resources/{resource.get('label')}", format=resource.get("format"))
    for share in one.iter(f"{XNAT}share"):
        put_project(client, share.get("project"))
        put(client, f"{session}/projects/{share.get('project')}", label=share.get("label"))
    return path


def outline(element: etree._Element) -> list[object]:
    """Return a document as nested lists: tag, attributes in order, text, then comments and elements in order."""
    if isinstance(element, etree._Comment):
        # Numbers of the database; accession numbers stay.
        return ["comment", re.sub(r'"\d+"', '"N"', element.text or "")]
    attributes = [(key, value) for key, value in element.attrib.items() if key != f"{XSI}schemaLocation"]
    shown = [(key, place(value) if key == "URI" else value) for key, value in attributes]
    return [element.tag, shown, (element.text or "").strip(), *(outline(child) for child in element)]


def assert_head(now: str, was: str) -> None:
    """Compare what both heads declare: prefixes and schemas, and their order; each site has its own plugins.

    The order within a bucket of the server's hash table is that of loading, which differs from site to site.
    """
    assert now.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<xnat:')
    prefixes = [re.findall(r"xmlns:(\w+)=", text) for text in (now, was)]
    assert set(prefixes[0]) >= {"xnat", "xsi"}
    assert_alike(*prefixes)
    schemas = [dict(pairs(text)) for text in (now, was)]
    assert all(re.fullmatch(r"http://[\w.:]+/schemas/\w+\.xsd", place) for place in schemas[0].values())
    names = [{uri: place.rpartition("/")[2] for uri, place in found.items()} for found in schemas]
    assert {uri: name for uri, name in names[0].items() if uri in names[1]} == {
        uri: name for uri, name in names[1].items() if uri in names[0]
    }
    assert_alike(*(list(found.values()) for found in names))


def pairs(text: str) -> list[tuple[str, str]]:
    words = re.search(r'schemaLocation="([^"]*)"', text)[1].split()
    return list(zip(words[::2], words[1::2], strict=True))


def assert_alike(now: list[str], was: list[str]) -> None:
    """Names that both lists have stand in the same buckets; ``xsi`` is always the last."""
    kept = [[name for name in names if name in now and name in was] for names in (now, was)]
    assert sorted(kept[0]) == sorted(kept[1])
    assert [slot(name) for name in kept[0]] == [slot(name) for name in kept[1]], kept


def slot(name: str) -> int:
    """Return the bucket of a name in a hash table of Java with 23 of them."""
    code = 0
    for letter in name:
        code = (31 * code + ord(letter)) & 0xFFFFFFFF
    return (code & 0x7FFFFFFF) % 23


@replays("session-cr-1.xml", "own-session-cr.xml")
def test_session_that_was_shortened_and_put_back(client, sample, name):
    """Its author cut it to two fields and let a browser write the head, which put namespaces before attributes."""
    was = etree.fromstring(sample(name).encode())
    put_project(client, was.get("project"))
    subject = put_subject(client, was.get("project"), was.findtext(f"{XNAT}subject_ID"), "subject")
    path = f"{subject}/experiments/{was.get('label')}"
    answer = client.xml("PUT", path, sample(name))
    assert (answer.status, answer.data.decode()) == (201, was.get("ID"))
    text = document(client, path)
    assert outline(etree.fromstring(text.encode())) == outline(was)
    assert_head(text, sample(name))


def test_namespaces_stand_in_the_order_of_a_hash_table(client):
    path = put_subject(client, "HOME", "S1", "subject")
    put_document(client, f"{path}/experiments/e", "xnat:MRSession", {"ID": "E1"})
    for place_of in (path, f"{path}/experiments/e"):
        prefixes = re.findall(r"xmlns:(\w+)=", document(client, place_of))
        assert " ".join(prefixes) == "arc val pipe wrk scr xdat cat prov xnat xnat_a xsi"
