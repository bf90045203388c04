"""DICOMweb: what other programs need to use the plugin's addresses with this login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

from .cookies import SESSION_COOKIE
from .paths import segment
from .plugins import require_plugin

if TYPE_CHECKING:
    from .session import BaseSession

_ROOT: Final = "/xapi/dicomweb"
PLUGIN: Final = "dicomwebproxy"
"""ID of the plugin that brings the addresses."""


class DicomWebOptions(TypedDict):
    """Arguments for ``dicomweb_client.DICOMwebClient``; the headers are as secret as a password."""

    url: str
    headers: dict[str, str]


class DicomWeb:
    """The DICOMweb addresses of a project, or of the whole site.

    Nothing is asked before `require` or a client does. The plugin is for XNAT 1.9 and newer.
    """

    def __init__(self, session: BaseSession, project: str = "") -> None:
        self._session = session
        self._project = project

    @property
    def url(self) -> str:
        """The address that QIDO-RS, WADO-RS and STOW-RS begin with."""
        return self._session.server + self._path

    @property
    def _path(self) -> str:
        return f"{_ROOT}/projects/{segment(self._project)}" if self._project else _ROOT

    def options(self) -> DicomWebOptions:
        """Returns what a client of the ``dicomweb-client`` package is made of: address and login.

        ``DICOMwebClient(**project.dicomweb.options())``. The login is that of this connection: it ends when the
        connection is closed or has expired, and the headers must be kept as secret as a password.

        Raises:
            UsageError: The connection has no login session.
        """
        return DicomWebOptions(url=self.url, headers={"Cookie": f"{SESSION_COOKIE}={self._session.jsession}"})

    def require(self) -> None:
        """Makes sure that the server has the plugin: one request, two where it has not.

        Raises:
            PluginMissingError: It has not.
            PermissionDeniedError: You may not read the project.
        """
        with require_plugin(self._session, PLUGIN, "DICOMweb"):
            self._session.get(f"{self._path}/studies", query={"limit": "1"}, accepted_status=(200, 204))

    def __repr__(self) -> str:
        return f"<DicomWeb {self.url}>"


__all__ = ["PLUGIN", "DicomWeb", "DicomWebOptions"]
