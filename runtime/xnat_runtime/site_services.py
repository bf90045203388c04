"""What a connection says of the site and sets there: settings, plugins, data types, scripts, receivers, preferences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .verbs import Verbs

if TYPE_CHECKING:
    from .anonymization import SiteAnonymization
    from .data_types import DataTypes
    from .dicom_receivers import DicomReceivers
    from .plugins import Plugins
    from .preferences import Preferences
    from .site_config import SiteConfig


class SiteServices(Verbs):
    """The part of a connection that is about the site as a whole; nothing is asked before it is used."""

    @property
    def plugins(self) -> Plugins:
        """The plugins of the server by ID; each call gives a fresh snapshot."""
        from .plugins import Plugins  # noqa: PLC0415 - few need it

        return Plugins(self)

    @property
    def site_config(self) -> SiteConfig:
        """The settings of the site; each call gives a fresh snapshot. Only administrators see all and change any."""
        from .site_config import SiteConfig  # noqa: PLC0415 - few need it

        return SiteConfig(self)

    @property
    def data_types(self) -> DataTypes:
        """The lists of data types that the server has."""
        from .data_types import DataTypes  # noqa: PLC0415 - few need it

        return DataTypes(self)

    @property
    def anonymization(self) -> SiteAnonymization:
        """The anonymization script that all arriving DICOM data goes through; a project has one of its own."""
        from .anonymization import SiteAnonymization  # noqa: PLC0415 - few need it

        return SiteAnonymization(self)

    @property
    def dicom_receivers(self) -> DicomReceivers:
        """The DICOM receivers of the site by ID; each call gives a fresh snapshot."""
        from .dicom_receivers import DicomReceivers  # noqa: PLC0415 - few need it

        return DicomReceivers(self)

    @property
    def preferences(self) -> Preferences:
        """The preferences of the server's tools, for administrators; each call gives a fresh snapshot."""
        from .preferences import Preferences  # noqa: PLC0415 - few need it

        return Preferences(self)
