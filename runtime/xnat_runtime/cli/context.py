"""One run of a command: its settings, its connection, what it prints, how it ends."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Final

from ..errors import XnatError
from .output import Output
from .settings import Settings
from .statuses import CANCELLED, FINE

if TYPE_CHECKING:
    from ..exchanges import Watch
    from ..session import BaseSession
    from . import Site
    from .connection import Access
    from .log import Log
    from .profiles import Profile

_LAST_SECONDS: Final = 0.3


class Run:
    """What a command works with.

    Attributes:
        site: The generated package.
        settings: The shared options.
        name: Name of the command, such as ``prearchive list``.
        status: Exit status; 0 unless a command sets another one.
    """

    def __init__(self, site: Site, settings: Settings, name: str) -> None:
        self.site = site
        self.settings = settings
        self.name = name
        self.status = FINE
        self._opened: BaseSession | None = None
        self._log: Log | None = None

    def __enter__(self) -> Run:
        if self.settings.log_file or self.settings.verbose:
            from .log import Log  # noqa: PLC0415 - few commands are watched

            self._log = Log(self.settings.log_file, is_shown=bool(self.settings.verbose))
            self._log.started(self.site.program, self.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if isinstance(error, KeyboardInterrupt) and self._opened is not None:
                close_soon(self._opened)
            elif self._opened is not None:
                # Not close(): what went wrong matters more than a logout that fails after it.
                self._opened.__exit__(kind, error, trace)
        except BaseException as failure:
            error = failure
            raise
        finally:
            if self._log is not None:
                self._log.ended(self.status, error)

    @property
    def watch(self) -> Watch | None:
        """What is told of each request, for ``--log-file`` and ``--verbose``; None when neither is given."""
        return self._log.request if self._log is not None else None

    @cached_property
    def access(self) -> Access:
        """Who logs in where; nothing is asked of the server for it.

        Raises:
            InvalidValueError: No server is given, or a file, variable or profile cannot be used.
            KeyNotFoundError: There is no such profile.
        """
        from .connection import find_access  # noqa: PLC0415 - commands that only look at files need none

        return find_access(self.settings, self.site.program)

    def usual(self, name: str) -> object:
        """Returns what the profile has for an option that is not given, None when it says nothing.

        Args:
            name: ``project`` or ``workers``.

        Raises:
            InvalidValueError: A file or variable cannot be used.
            KeyNotFoundError: There is no such profile.
        """
        return getattr(self._profile, name, None) or None

    @cached_property
    def _profile(self) -> Profile | None:
        from os import environ  # noqa: PLC0415 - as above

        from .connection import find_target  # noqa: PLC0415 - as above

        target = find_target(self.settings, environ)
        return target.profile if target is not None else None

    @property
    def connection(self) -> BaseSession:
        """The connection; logs in when it is asked for the first time, and logs out when the command ends.

        Raises:
            XnatError: As `connect` does.
        """
        if self._opened is None:
            from .connection import open_access  # noqa: PLC0415 - commands that only look at files need none

            self._opened = open_access(self.site, self.settings, self.access, self.watch)
        return self._opened

    @cached_property
    def out(self) -> Output:
        """Where results go."""
        return Output(self.settings)

    def confirm(self, question: str) -> bool:
        """Returns whether to go on with what destroys or overwrites: ``--yes``, else an answer at the terminal.

        Sets the status when the answer is no. With ``--dry-run``, say what would be done and do not ask.

        Raises:
            InvalidValueError: Nobody sits at the terminal, and ``--yes`` is not given.
        """
        if self.settings.yes or self.out.ask(question):
            return True
        self.status = CANCELLED
        self.out.say("nothing was changed")
        return False


def close_soon(session: BaseSession) -> None:
    """Logs out without waiting long for the answer: who pressed Ctrl+C wants the end, from a slow server, too."""

    def close() -> None:
        with suppress(XnatError):
            session.close()

    ending = threading.Thread(target=close, name="xnat-logout", daemon=True)
    ending.start()
    ending.join(_LAST_SECONDS)
