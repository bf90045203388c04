"""Launches that cannot work."""

from xnat_sdk import Pace, XnatSession
from xnat_sdk.models import MrScanData, MrSessionData


def by_scan(item: MrScanData) -> dict[str, str]:
    return {"TYPE": item.type or ""}


def launch(session: XnatSession, imaging: MrSessionData) -> None:
    service = session.containers
    service.launch(1.5, imaging)  # E
    service.launch("w", "XNAT_E00001")  # E
    service.launch("w", imaging, {"a": ["x"]})  # E
    service.launch("w", imaging).logs("both")  # E
    service.launch("w", imaging).status = "Complete"  # E
    service.launch_many([imaging], "w", by_scan)  # E
    service.launch_many([imaging], "w", pace=3)  # E
    service.launch_many(["XNAT_E00001"], "w")  # E
    service.launch_many([imaging], "w", output=7)  # E
    service.wrappers.configure("w", {"inputs": {}})  # E
    service.commands.add("name")  # E
    service.commands.get("1")  # E
    service.docker.pull(["a"])  # E
    Pace(jobs=3)  # E
