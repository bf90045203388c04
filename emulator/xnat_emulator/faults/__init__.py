"""Faults on demand: what goes wrong between a client and a real site, at the moment a test wants it."""

from __future__ import annotations

from .answers import (
    CookieWithoutPath,
    Drop,
    ExpiredSession,
    LoginPage,
    LoseReply,
    Redirect,
    Stall,
    Trickle,
    Unavailable,
    WrongLength,
)
from .contents import (
    HOSTILE_NAMES,
    CorruptZip,
    DuplicateLabels,
    HostileLabels,
    HostileMembers,
    StalePrearchive,
    TruncatedZip,
    WrongDigest,
)
from .effect import Effect
from .fault import ActiveFault, Fault, Faults
from .imports import ImportRace
from .spelling import NAMES, describe_faults, read_fault

__all__ = [
    "HOSTILE_NAMES",
    "NAMES",
    "ActiveFault",
    "CookieWithoutPath",
    "CorruptZip",
    "Drop",
    "DuplicateLabels",
    "Effect",
    "ExpiredSession",
    "Fault",
    "Faults",
    "HostileLabels",
    "HostileMembers",
    "ImportRace",
    "LoginPage",
    "LoseReply",
    "Redirect",
    "StalePrearchive",
    "Stall",
    "Trickle",
    "TruncatedZip",
    "Unavailable",
    "WrongDigest",
    "WrongLength",
    "describe_faults",
    "read_fault",
]
