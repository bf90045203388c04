"""Where what this package logs can be seen."""

from __future__ import annotations

import logging
from typing import Final

LOGGER: Final = "xnat_runtime"


class _ToAnother(logging.Handler):
    """Hands records to the handlers of another logger, but for those that they reach anyway."""

    def __init__(self, target: logging.Logger) -> None:
        super().__init__()
        self.target = target

    def emit(self, record: logging.LogRecord) -> None:
        node: logging.Logger | None = self.target
        if not self.target.isEnabledFor(record.levelno) or not self.target.filter(record):
            return
        while node is not None and node.parent is not None:  # the root logger gets the record from our own logger
            for handler in node.handlers:
                if record.levelno >= handler.level:
                    handler.handle(record)
            node = node.parent if node.propagate else None


def set_up(level: int | str | None, debug: bool, given: logging.Logger | None) -> logging.Logger:
    """Return the logger that users of a connection may log to, with ours at its level.

    Args:
        level: Level of our logger; None leaves it to `debug` and the given logger.
        debug: Whether the level is DEBUG when none is named.
        given: A logger that is to get our records; without one they go where logging is set up to, else to stderr when
            a level was asked for.
    """
    ours = logging.getLogger(LOGGER)
    wanted = level.upper() if isinstance(level, str) else level
    if wanted is None and debug:
        wanted = logging.DEBUG
    if given is not None and not _is_ours(given):
        _forward(ours, given)
        wanted = given.getEffectiveLevel() if wanted is None else wanted
    if wanted is not None:
        ours.setLevel(wanted)
        _show(ours)
    return given or ours


def _is_ours(logger: logging.Logger) -> bool:
    return logger.name == LOGGER or logger.name.startswith(f"{LOGGER}.")


def _forward(ours: logging.Logger, target: logging.Logger) -> None:
    if not any(isinstance(each, _ToAnother) and each.target is target for each in ours.handlers):
        ours.addHandler(_ToAnother(target))


def _show(ours: logging.Logger) -> None:
    if not ours.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        ours.addHandler(handler)
