"""Settings of a site as no server takes them."""

from xnat_sdk import XnatSession
from xnat_sdk.models import ProjectData


def change(session: XnatSession, project: ProjectData) -> None:
    session.site_config.site_id = 3  # E
    session.site_config.require_login = "no"  # E
    session.site_config["siteId"] = session  # E
    session.data_types.shown("all")  # E
    session.anonymization.enabled = "yes"  # E
    session.anonymization.script = None  # E
    project.prearchive_routing = "never"  # E
    session.dicom_receivers.create("LAB")  # E
    session.dicom_receivers.create("LAB", "8105")  # E
    session.dicom_receivers.change(1, tls=True)  # E
    session.plugins["containers"].version = "2"  # E
    session.preferences.set("siteConfig", "siteId", None)  # E
