"""Names, values and headers that requests of the fuzz campaign are made of; ``{P}`` and alike stand for what exists."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    return text.split()


METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS", "PATCH")
NAMES = ("{P}", "{S}", "{E}", "{A}", "1", "{RES}", "{FILE}", "admin", "0", "SI")

HOSTILE = (
    *_words(".. ... %2e%2e ..%2f..%2f..%2fetc%2fpasswd %2Fetc%2Fpasswd %5c..%5c.. a%00b %00 %0d%0aX:%20y"),
    *_words("% %zz %ff%fe %E2%80%AE * ? # ' %22 '%20OR%201=1-- ; %3Cscript%3E a%20b + -1 99999999999999999999 1e400"),
    *_words("NULL null true a,b a!b ! ~ {x} [0] files resources"),
    "x" * 300,
)

KEYS = (
    *_words("format columns xsiType overwrite inbody extract removeFiles event_reason limit offset sortBy handler"),
    *_words("asValue file_format file_content index structure compression reference dest import-handler project"),
    *_words("subject session src action newProject label ID group all recursive listContents locator content tags"),
    *_words("dob gender roles accessibility primary path concealHiddenFields http-session-listener tag recent"),
    *_words("PREARC_TIMESTAMP PREARC_SESSION_FOLDER status username xnat:subjectData/group"),
    *_words("xnat:subjectData/fields/field[name=x]/field xnat:mrSessionData/scans/scan[0]/ID"),
    *_words("xnat:subjectData/demographics[@xsi:type=xnat:demographicData]/dob xnat:mrScanData/parameters/tr"),
)

VALUES = (
    *_words("json xml csv html zip tar tar.gz image/jpeg true false 0 1 -1 999999999999999999999 NULL xs:string"),
    *_words("xnat:mrSessionData xnat:subjectData xnat:nothing {P} {S} {E} ID,label xnat:subjectData/ID,a/b/c ,,,"),
    *_words("../../etc/passwd /etc/passwd /prearchive/projects/{P} /user/cache/resources/x/files/y"),
    *_words("/archive/projects/{P}/subjects/{S}/experiments/new DICOM-zip SI gradual-DICOM inbox XAR append"),
    *_words("delete 2020-02-30 2020-01-01 [[[[ (( % ${7*7} a<b&c>\"'"),
    *("", "not a type", "\x00", "\ud7ff\u202e", "x" * 5000),
)

TYPES = (
    *_words("text/plain text/xml application/xml application/json application/zip application/x-gzip ;;;"),
    *_words("application/x-tar application/dicom application/octet-stream application/x-www-form-urlencoded"),
    *("", "multipart/form-data", "multipart/form-data; boundary=B", "image/png", "nonsense"),
)

HEADERS = (
    *(("Accept", "image/png"), ("Range", "bytes=5-1"), ("If-Modified-Since", "x"), ("Cookie", "JSESSIONID=../x; a")),
    *(("Range", "bytes=0-99999999999"), ("Accept", "application/json;q=x,,;"), ("User-Agent", "Mozilla/5.0")),
)

_KNOWN = "PROJECT_ID={P} SUBJECT_ID={S} EXPT_ID={E} ASSESSED_ID={A} SCAN_ID=1 RESOURCE_ID={RES} TYPE=out FILE={FILE}"
_MORE = "SESSION_TIMESTAMP={TS} SESSION_LABEL={F} USERNAME=admin USER_ID=admin XNAME=R PROJECT={P} SUBJECT={S} ID={E}"
LIKELY = dict(pair.split("=") for pair in _words(_KNOWN + " " + _MORE))
"""Placeholder of a template -> what makes a request get further than its address."""
