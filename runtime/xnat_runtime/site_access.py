"""What a connection knows of people: accounts, roles, groups and requests for access."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from .session_login import LoginSession

if TYPE_CHECKING:
    from .access_requests import OwnAccessRequests
    from .groups import SiteGroups
    from .roles import Roles
    from .site_users import SiteUsers


class AccessSession(LoginSession):
    """A login that says who may log in to the site, and who may do what there."""

    @property
    def users(self) -> SiteUsers:
        """The accounts of the site by login, and what administrators do with them.

        Nothing is asked before it is used. Asking raises PermissionDeniedError where only administrators may see
        accounts.
        """
        from .site_users import SiteUsers  # noqa: PLC0415 - few need it

        return SiteUsers(self)

    @cached_property
    def __xnat_logins__(self) -> set[str]:
        """Logins of accounts that were seen in the site's list; XNAT keeps accounts for ever."""
        return set()

    @property
    def roles(self) -> Roles:
        """Who has which role on the site, for administrators."""
        from .roles import Roles  # noqa: PLC0415 - few need it

        return Roles(self)

    @property
    def groups(self) -> SiteGroups:
        """The groups that accounts are in, over all projects; those of one project are ``project.groups``."""
        from .groups import SiteGroups  # noqa: PLC0415 - few need it

        return SiteGroups(self)

    @property
    def access_requests(self) -> OwnAccessRequests:
        """The invitations to projects that were sent to your address and wait for your answer."""
        from .access_requests import OwnAccessRequests  # noqa: PLC0415 - few need it

        return OwnAccessRequests(self)
