"""What a write can ask of an imaging session beside its fields (rest-data 7.1.8)."""

from __future__ import annotations

from ..call import Call
from ..store.items import Item
from .bodies import Wanted


def run(call: Call, item: Item, wanted: Wanted) -> None:
    """Fix the scan types of a stored session, or read its headers or those of a scan again, as a write asks.

    ``triggerPipelines`` and ``supressEmail`` are taken and change nothing: there are neither pipelines nor mail here.
    """
    fixed = item.kind == "experiment" and wanted.asks_for("fixScanTypes")
    pulled = wanted.asks_for("pullDataFromHeaders")
    if fixed or pulled:
        from ..imports import headers  # noqa: PLC0415 - DICOM is loaded when first needed, so that a server starts fast

        if pulled:
            headers.pull(call, item)
        if fixed:
            headers.fix_scan_types(call, item)
