"""What programs take from here for transfers of many files: options, layouts, reports, manifests."""

from __future__ import annotations

from .copy_choice import CopyChoice
from .copy_plan import CopyConflict, CopyPlan
from .copy_project import CopyConflictError
from .copy_report import CopyReport
from .import_counts import SeriesCount
from .import_report import ImportReport
from .layouts import Layout
from .limits import UNLIMITED, Limits
from .manifest import Manifest, ManifestFile, ManifestItem, read_manifest
from .mirror_report import MirrorReport
from .offline import local_path
from .options import TransferOptions
from .report import FailedFile, MovedFile, OmittedFile, TransferReport
from .verify import ChangedFile, VerifyReport, verify
from .worklists import WorkItem, parse_shard, run_shard, shard, write_worklist

__all__ = [
    "UNLIMITED",
    "ChangedFile",
    "CopyChoice",
    "CopyConflict",
    "CopyConflictError",
    "CopyPlan",
    "CopyReport",
    "FailedFile",
    "ImportReport",
    "Layout",
    "Limits",
    "Manifest",
    "ManifestFile",
    "ManifestItem",
    "MirrorReport",
    "MovedFile",
    "OmittedFile",
    "SeriesCount",
    "TransferOptions",
    "TransferReport",
    "VerifyReport",
    "WorkItem",
    "local_path",
    "parse_shard",
    "read_manifest",
    "run_shard",
    "shard",
    "verify",
    "write_worklist",
]
