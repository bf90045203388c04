"""Bodies that no client should send: documents, archives and forms, broken or with something evil in them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile

from hypothesis import strategies as st

BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (level, b"&a%d;" % (level - 1) * 10) for level in range(1, 12))
    + b']><xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat" group="x"><xnat:group>&a11;</xnat:group></xnat:Subject>'
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">'
    b'<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">]><xnat:Subject xmlns:xnat="http://nrg.wustl.edu/xnat">'
    b"<xnat:group>&e;</xnat:group></xnat:Subject>"
)
_ELEMENTS = ("Project", "Subject", "MRSession", "MRScan", "ResourceCatalog", "QCManualAssessment", "Nothing")
_DEEP = b"<a>" * 20_000 + b"</a>" * 20_000
SEARCH = (
    b'<xdat:search xmlns:xdat="http://nrg.wustl.edu/security" ID="" allow-diff-columns="0" secure="false">'
    b"<xdat:root_element_name>%s</xdat:root_element_name><xdat:search_field><xdat:element_name>%s</xdat:element_name>"
    b"<xdat:field_ID>%s</xdat:field_ID><xdat:sequence>0</xdat:sequence><xdat:type>string</xdat:type></xdat:search_field>"
    b'<xdat:search_where method="%s"><xdat:criteria override_value_formatting="0">'
    b"<xdat:schema_field>%s</xdat:schema_field>"
    b"<xdat:comparison_type>%s</xdat:comparison_type><xdat:value>%s</xdat:value>"
    b"</xdat:criteria></xdat:search_where></xdat:search>"
)
_WORDS = st.sampled_from(
    (
        *b"xnat:mrSessionData xnat:subjectData xnat:projectData/ID xnat:nothing AND OR LIKE = BETWEEN IN %".split(),
        *(b"", b"1 AND 2", b"'; DROP TABLE items", b"SUBJECT_LABEL", b"x/y/z", b"&#0;", b"[[["),
    )
)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    element = draw(st.sampled_from(_ELEMENTS))
    name, value = draw(st.sampled_from(("ID", "label", "project", "xsi:type", "nothing"))), draw(st.text(max_size=8))
    inner = draw(st.sampled_from(("group", "note", "scans", "fields", "sharing", "resources/resource", "x")))
    safe = value.encode("ascii", "xmlcharrefreplace").replace(b"<", b"&lt;").replace(b'"', b"&quot;")
    spaces = 'xmlns:xnat="http://nrg.wustl.edu/xnat" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    opened = f'<xnat:{element} {spaces} {name}="'
    closed = f"</xnat:{element}>" if draw(st.integers(0, 5)) else ""
    return opened.encode() + safe + f'"><xnat:{inner}>'.encode() + safe + f"</xnat:{inner}>{closed}".encode()


def zip_of(names: tuple[str, ...], data: bytes = b"x") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), data)
    return target.getvalue()


def tar_of(names: tuple[str, ...], kind: bytes = tarfile.REGTYPE) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size, member.type, member.linkname = (1 if kind == tarfile.REGTYPE else 0), kind, "/etc/passwd"
            archive.addfile(member, io.BytesIO(b"x"))
    return target.getvalue()


_TRAVERSAL = (
    "../../../../outside-by-zip",
    "/tmp/outside-by-zip",
    "..\\..\\outside",
    "a/../../../b",
    "C:\\x",
    "ok.txt",
    "d/",
    "",
    ".",
    "..",
)
_ZIP = zip_of(("a/1.dcm", "b.txt"))
ARCHIVES = (
    *(
        _ZIP,
        _ZIP[: len(_ZIP) // 2],
        _ZIP[:-10],
        b"PK\x03\x04" + b"\0" * 50,
        b"PK\x05\x06" + b"\0" * 18,
        zip_of(_TRAVERSAL[:-3]),
    ),
    *(
        zip_of(("big.bin",), b"\0" * 5_000_000),
        _ZIP.replace(b"b.txt", b"..///"),
        zip_of(("samx", "samy")).replace(b"samy", b"samx"),
    ),
    *(
        tar_of(_TRAVERSAL[:6]),
        tar_of(("link",), tarfile.SYMTYPE),
        tar_of(("hard",), tarfile.LNKTYPE),
        tar_of(("f",), tarfile.FIFOTYPE),
    ),
    *(
        gzip.compress(tar_of(("../x", "y"))),
        gzip.compress(b"no tar"),
        gzip.compress(_ZIP)[:-8],
        b"\x1f\x8b\x08",
        tar_of(("dev",), tarfile.CHRTYPE),
    ),
)
DICOM = b"\0" * 128 + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00\xff\xff\xff\xff" + b"\x08\x00\x60\x00CS\x02\x00MR"


def multiparts() -> st.SearchStrategy[bytes]:
    names = st.sampled_from(("f.txt", "../../x", "/etc/x", "", "a\x00b", "x" * 500, "\u202e", 'q"uote', "..\\x"))
    ends = st.sampled_from((b"\r\n--B--\r\n", b"\r\n--B\r\n", b"", b"--B--", b"\r\n--C--\r\n"))
    heads = st.sampled_from(
        (b"Content-Disposition: form-data; ", b"Content-Disposition: ", b"X: ", b"Content-Disposition: form-data")
    )

    def part(head: bytes, name: str, data: bytes, end: bytes) -> bytes:
        return b"--B\r\n" + head + f'name="file"; filename="{name}"\r\n\r\n'.encode() + data + end

    data = st.one_of(st.binary(max_size=30), st.sampled_from(ARCHIVES))
    return st.builds(part, heads, names, data, ends)


def bodies() -> st.SearchStrategy[bytes]:
    fixed = (
        b"",
        b"{}",
        b"[]",
        b'{"a":' * 5_000,
        b"null",
        b'{"username":1,"password":[]}',
        b'["../x"]',
        DICOM,
        BOMB,
        EXTERNAL,
        _DEEP,
    )
    searches = st.tuples(*[_WORDS] * 7).map(lambda words: SEARCH % words)
    form = st.sampled_from((b"a=b", b"username=&password=", b"ID=../x&label=%00", b"=&=&&&", b"%zz=%"))
    return st.one_of(
        st.just(b""),
        st.sampled_from(fixed),
        st.binary(max_size=60),
        documents(),
        searches,
        form,
        multiparts(),
        st.sampled_from(ARCHIVES),
    )
