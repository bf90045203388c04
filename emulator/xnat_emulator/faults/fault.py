"""Which requests a fault means, and the list of the faults of a server."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .. import checks
from ..call import Call
from .effect import Effect

if TYPE_CHECKING:
    from typing import Self


_METHODS = re.compile(r"([A-Z]+(\|[A-Z]+)*)?")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong on demand.

    Attributes:
        effect: What goes wrong.
        method: Methods that are meant, separated by ``|``; by default those of the effect. HEAD counts as GET.
        path: Pattern in which ``*`` stands for any text, compared with the path as it is sent; one that holds ``?``
            is compared with path and query. By default that of the effect.
        nth: The first of the matching requests that is disturbed, counted from 1.
        count: How many are disturbed from there on, None for all; with ``every`` None means one.
        every: Begin again after so many matching requests, 0 for never.

    Raises:
        ValueError: A number is out of range, or method or path can mean no request.
        TypeError: The effect is none, or method or path is no text.
    """

    effect: Effect
    method: str = ""
    path: str = ""
    nth: int = 1
    count: int | None = None
    every: int = 0

    def __post_init__(self) -> None:
        checks.kind("effect of a fault", self.effect, Effect, "faults.Drop()")
        checks.whole("nth of a fault", self.nth, 1)
        checks.whole("every of a fault", self.every)
        if self.count is not None:
            checks.whole("count of a fault", self.count, 1, self.every or None)
        checks.kind("method of a fault", self.method, str, "'PUT|POST'")
        checks.kind("path of a fault", self.path, str, "'*/files*'")
        if _METHODS.fullmatch(self.method) is None or "HEAD" in self.method:
            raise ValueError(
                f"method of a fault is text such as 'PUT' or 'PUT|POST' (GET means HEAD too): {self.method!r}"
            )
        if self.path and not self.path.startswith(("/", "*")):
            raise ValueError(f"path of a fault begins with / or *, such as '*/files*': {self.path!r}")

    def concerns(self, call: Call) -> bool:
        """Tell whether a request is one of those that are meant."""
        methods = self.method or self.effect.method
        if methods and call.method not in methods.split("|"):
            return False
        pattern = self.path or self.effect.path
        query = f"?{urlencode(call.query)}" if "?" in pattern and call.query else ""
        return _compiled(pattern).fullmatch(call.path + query) is not None

    def due(self, number: int) -> bool:
        """Tell whether the request of a number, counted from 1 among those that are meant, is disturbed."""
        position = number - self.nth
        if position < 0:
            return False
        if self.every:
            return position % self.every < (self.count or 1)
        return self.count is None or position < self.count


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)


class ActiveFault:
    """A fault of a running server; leaving its context takes it away.

    Attributes:
        fault: What it is.
        seen: Requests that were meant so far.
        hits: Requests that were disturbed so far.
    """

    def __init__(self, owner: Faults, fault: Fault) -> None:
        self._owner = owner
        self.fault = fault
        # A copy has a state of its own, so that one fault can serve several servers.
        self.effect = fault.effect.fresh()
        self.seen = 0
        self.hits = 0

    def meets(self, call: Call) -> bool:
        """Count a request and tell whether it is disturbed."""
        if not self.fault.concerns(call):
            return False
        self.seen += 1
        due = self.fault.due(self.seen)
        self.hits += due
        return due

    def remove(self) -> None:
        """Take the fault away; nothing happens when it is gone already."""
        self._owner.remove(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def __repr__(self) -> str:
        return f"<ActiveFault {self.fault} hits={self.hits}>"


class Faults:
    """The faults of a server; adding and removing them from any thread is safe.

    When several mean one request, all of them act, in the order in which they were added.
    """

    def __init__(self) -> None:
        self._active: list[ActiveFault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> ActiveFault:
        """Let something go wrong from now on; what is returned counts, and is a context that ends it.

        Raises:
            TypeError: It is no ``Fault``.
        """
        checks.kind("a fault", fault, Fault, "Fault(faults.Drop())")
        active = ActiveFault(self, fault)
        with self._lock:
            self._active.append(active)
        return active

    def remove(self, active: ActiveFault) -> None:
        """Take a fault away; nothing happens when it is gone already."""
        with self._lock:
            self._active = [one for one in self._active if one is not active]

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._active = []

    def meet(self, call: Call) -> list[Effect]:
        """Return the effects that a request meets, and count it."""
        if not self._active:
            return []
        with self._lock:
            met = [active.effect for active in self._active if active.meets(call)]
        for effect in met:
            effect.arrives(call)
        return met

    def __iter__(self) -> Iterator[ActiveFault]:
        with self._lock:
            return iter(list(self._active))

    def __len__(self) -> int:
        return len(self._active)
