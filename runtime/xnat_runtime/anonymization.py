"""The anonymization scripts of a site and of projects (schema-and-search 5.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .errors import InvalidValueError, NotFoundError, ServerError, UnexpectedAnswerError, UsageError

if TYPE_CHECKING:
    from .verbs import Verbs

_BASE: Final = "/xapi/anonymize"


class _Script:
    """A script and its switch; every use is one request."""

    def __init__(self, session: Verbs, path: str) -> None:
        self._session = session
        self._path = path

    @property
    def enabled(self) -> bool:
        """Whether the script is applied to data that arrives; one request. Assigning switches it on or off.

        Raises:
            PermissionDeniedError: You may not read it; on assigning: you may not change it.
            UsageError: On assigning True: there is no script to switch on.
        """
        uri = f"{self._path}/enabled"
        found = self._session.get_json(uri)
        if not isinstance(found, bool):
            msg = "the answer is neither true nor false"
            raise UnexpectedAnswerError(msg, method="GET", url=uri)
        return found

    @enabled.setter
    def enabled(self, value: bool) -> None:
        self._switch(value=value)

    def _switch(self, *, value: bool) -> None:
        # The server reads the parameter only, and refuses a request whose body is not declared as JSON.
        query = {"enable": "true" if value else "false"}
        self._session.put(f"{self._path}/enabled", json=value, query=query)

    def _write(self, script: str) -> None:
        if not script.strip():
            msg = "a script cannot be empty; enabled = False switches it off"
            raise InvalidValueError(msg)
        self._session.put(self._path, data=script)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self._path}>"


class SiteAnonymization(_Script):
    """The script that all DICOM data goes through which arrives at the site; every use is one request."""

    def __init__(self, session: Verbs) -> None:
        super().__init__(session, f"{_BASE}/site")

    @property
    def default(self) -> str:
        """The script that XNAT comes with."""
        return self._session.get(f"{_BASE}/default").text

    @property
    def script(self) -> str:
        """The script in the language of DicomEdit. Assigning replaces it.

        Servers differ in whether a new script is applied at once; ``enabled`` tells.

        Raises:
            PermissionDeniedError: On assigning: you are no administrator.
            InvalidValueError: On assigning: it is empty.
        """
        return self._session.get(self._path).text

    @script.setter
    def script(self, text: str) -> None:
        self._write(text)


class ProjectAnonymization(_Script):
    """The script that DICOM data of a project goes through, after that of the site; every use is one request."""

    def __init__(self, session: Verbs, project: str) -> None:
        super().__init__(session, f"{_BASE}/projects/{project}")
        self._config = f"/data/projects/{project}/config/anon"

    @property
    def script(self) -> str | None:
        """The script in the language of DicomEdit, None when there is none or it is disabled. Assigning replaces it.

        `has_script` tells the two apart.

        Raises:
            PermissionDeniedError: You may not read it; on assigning: you are no owner of the project.
            InvalidValueError: On assigning: it is empty.
        """
        answer = self._session.get(self._path)
        return answer.text if answer.status == 200 and answer.text.strip() else None

    @script.setter
    def script(self, text: str) -> None:
        self._write(text)

    @property
    def has_script(self) -> bool:
        """Whether the project was ever given a script, enabled or not (its configuration, rest-data 16)."""
        try:
            self._session.get_json(self._config)
        except NotFoundError:
            return False
        return True

    def _switch(self, *, value: bool) -> None:
        try:
            super()._switch(value=value)
        except ServerError:
            # Servers fail where there is no script; asked only then, so that switching is one request.
            if self.has_script:
                raise
            msg = f"{self._path}: there is no script to switch on or off; assign .script first"
            raise UsageError(msg) from None
