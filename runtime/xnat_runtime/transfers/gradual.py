"""DICOM files to the importer, one by one: first one of each series, then the others in parallel.

Importers make a session when its first file comes, and refuse others that come at the same moment; a site that takes
nothing refuses every file alike. So each series begins with one file, one after the other within a study, and only
series whose first file was taken go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Final, TypeAlias

from ..errors import XnatError
from .attempts import persist
from .breaker import ALIKE, HEAVY, Breaker, Feed
from .dicom_files import Instance, Series
from .events import Advanced, Events, Finished, Observer, Started
from .importer_words import ends_all, is_busy, likeness, may_pass
from .reconcile import Write
from .report import FailedFile
from .retry import RetryPolicy, is_passing
from .stop import Stop, StoppedError
from .workers import DEFAULT_WORKERS, work_through

_PROBES: Final = 3
_LOSSES: Final = 20
_REFUSALS: Final = 500
_BUSY: Final = 20
_EXPECTED: Final = (XnatError, OSError)

FILTERED: Final = "an import filter of the site or project keeps its series out"

Send: TypeAlias = Callable[[Instance], str]
"""Sends one object and returns the address of the session that it came to, "" when a filter kept it out."""

Look: TypeAlias = Callable[[Instance], str | None]
"""Looks at the server after a lost reply; returns the address when the object is there, None when it may be sent."""


class Gradual:
    """One upload of objects, file by file.

    Attributes:
        sent: What was sent, with the address of its session, "" for what a filter of the site kept out.
        failed: What was not.
    """

    def __init__(
        self,
        send: Send,
        look: Look,
        *,
        workers: int = DEFAULT_WORKERS,
        retry: RetryPolicy | None = None,
        observer: Observer | None = None,
        note: Callable[[Instance, str], None] | None = None,
    ) -> None:
        """Take note of how objects are sent.

        Args:
            send: Sends one.
            look: Looks at the server when a reply was lost.
            workers: Connections used at once.
            retry: When an object that failed is sent again, and after how long.
            observer: Told what happens.
            note: Called with each object that was sent, in any thread.
        """
        self.sent: list[tuple[Instance, str]] = []
        self.failed: list[FailedFile] = []
        self._send, self._look = send, look
        self._workers = workers
        self._retry = retry or RetryPolicy()
        self._events = Events(observer)
        self._note = note
        self._refusals, self._losses = Breaker(_REFUSALS), Breaker(_LOSSES)
        self._ending: Exception | None = None

    def run(self, series: Sequence[Series], warm: Iterable[str] = ()) -> None:
        """Send the objects of some series; what fails is noted down, and the others go on.

        Args:
            series: The series.
            warm: Series Instance UIDs of those that the server knows already.

        Raises:
            XnatError: One that concerns all objects, such as no login or no right; nothing is sent after it.
        """
        known = frozenset(warm)
        cold = [one for one in series if one.uid not in known]
        rest = [each for one in series if one.uid in known for each in one.instances]
        rest += _WarmUp(self._round, self._give_up).run(cold)
        self._rest(sorted(rest, key=_name_of))

    # One object

    def _move(self, instance: Instance, stop: Stop, passes: Callable[[BaseException], bool]) -> str:
        self._events(Started(instance.name, instance.file.size))
        write = Write(lambda: self._send(instance), lambda: self._look(instance))
        address = persist(write, instance.name, policy=self._retry, stop=stop, events=self._events, passes=passes)
        if self._note is not None:
            self._note(instance, address)
        return address

    def _took(self, instance: Instance, address: str) -> None:
        self.sent.append((instance, address))
        self._events(Advanced(instance.name, instance.file.size))
        ended = Finished(instance.name, "moved") if address else Finished(instance.name, "skipped", FILTERED)
        self._events(ended)

    def _fail(self, instance: Instance, error: Exception, reason: str = "") -> None:
        self.failed.append(FailedFile(instance.name, reason or str(error), error))
        self._events(Finished(instance.name, "failed", self.failed[-1].reason))

    # The first of each series

    def _round(self, chosen: Sequence[Instance], breaker: Breaker) -> dict[str, Exception | None]:
        """Send objects, one at a time of each study, until there is no hope; return the errors by name."""
        studies: dict[str, list[Instance]] = {}
        for each in chosen:
            studies.setdefault(each.study, []).append(each)
        stop, found = Stop(), dict[str, Exception | None]()

        def work(group: Sequence[Instance]) -> list[tuple[Instance, str | Exception]]:
            return [self._tried(each, stop, breaker) for each in _while(group, lambda: self._holds(breaker))]

        workers = min(self._workers, len(studies)) or 1
        with closing(work_through(studies.values(), work, workers=workers, stop=stop)) as results:
            for done in results:
                if done.error is not None:
                    raise done.error
                for instance, outcome in done.result or ():
                    found[instance.name] = outcome if isinstance(outcome, Exception) else None
                    if not isinstance(outcome, Exception):
                        self._took(instance, outcome)
        if self._ending is not None:
            raise self._ending
        return found

    def _tried(self, instance: Instance, stop: Stop, breaker: Breaker) -> tuple[Instance, str | Exception]:
        try:
            address = self._move(instance, stop, may_pass)
        except StoppedError:
            raise
        except Exception as error:
            if ends_all(error):
                self._ending = error
            elif not isinstance(error, _EXPECTED):
                raise
            breaker.failed(error, instance.name, weight=HEAVY if may_pass(error) else 1)
            return instance, error
        breaker.succeeded(limit=_REFUSALS)
        return instance, address

    def _holds(self, breaker: Breaker) -> bool:
        return breaker.cause is None and self._ending is None

    def _give_up(self, instances: Iterable[Instance], errors: Mapping[str, Exception], cause: Exception) -> None:
        """Note down a series, or all of them, whose first files were refused alike."""
        for each in instances:
            own = errors.get(each.name)
            self._fail(each, own or cause, "" if own else f"not sent, since the files tried were refused: {cause}")

    # The others

    def _rest(self, units: list[Instance]) -> None:
        """Send objects on several connections; those that met another request at their session again, on fewer."""
        for workers in dict.fromkeys((self._workers, max(1, self._workers // 2), 1)):
            if units:
                units = self._pass(units, workers, is_last=workers == 1)

    def _pass(self, units: Sequence[Instance], workers: int, *, is_last: bool) -> list[Instance]:
        """Send objects and return those that are to be sent once more."""
        stop, feed, busy, left = Stop(), Feed(units), Breaker(_BUSY), list[Instance]()
        passes = may_pass if is_last else is_passing

        def work(each: Instance) -> str:
            try:
                address = self._move(each, stop, passes)
            except Exception as error:
                breaker = busy if is_busy(error) and not is_last else self._breaker_of(error)
                breaker.failed(error, each.name)
                if self._is_hopeless(error) or busy.cause is not None:
                    feed.end()
                raise
            for breaker in (busy, self._losses, self._refusals):
                breaker.succeeded()
            return address

        with closing(work_through(feed, work, workers=workers, stop=stop)) as results:
            for done in results:
                if done.error is None:
                    self._took(done.unit, done.result or "")
                elif is_busy(done.error) and not is_last:
                    left.append(done.unit)
                else:
                    self._missed(done.unit, done.error)
        return self._left(left + feed.rest())

    def _missed(self, instance: Instance, error: Exception) -> None:
        if not isinstance(error, _EXPECTED):
            raise error
        self._fail(instance, error)

    def _breaker_of(self, error: Exception) -> Breaker:
        return self._losses if may_pass(error) else self._refusals

    def _is_hopeless(self, error: Exception) -> bool:
        if ends_all(error):
            self._ending = error
        return self._ending is not None or self._cause() is not None

    def _cause(self) -> Exception | None:
        return self._losses.cause or self._refusals.cause

    def _left(self, left: list[Instance]) -> list[Instance]:
        if self._ending is not None:
            raise self._ending
        cause = self._cause()
        if cause is None:
            return sorted(left, key=_name_of)
        self._give_up(left, {}, cause)
        return []


class _WarmUp:
    """The rounds in which series show whether the server takes them: their first, middle and last file."""

    def __init__(
        self,
        send: Callable[[Sequence[Instance], Breaker], dict[str, Exception | None]],
        give_up: Callable[[Iterable[Instance], Mapping[str, Exception], Exception], None],
    ) -> None:
        self._send = send
        self._give_up = give_up
        self._met: dict[str, Exception | None] = {}
        self._breaker = Breaker(ALIKE)

    def run(self, series: Sequence[Series]) -> list[Instance]:
        """Return the objects that are to be sent still: those of series of which one was taken."""
        cold, warm = [one for one in series if one.instances], list[Series]()
        for number in range(_PROBES):
            probes = [(one, probe) for one in cold if (probe := self._probe(one, number)) is not None]
            if not probes or self._breaker.cause is not None:
                break
            self._met |= self._send([probe for _, probe in probes], self._breaker)
            warm += [one for one in cold if self._is_taken(one)]
            cold = [one for one in cold if not self._is_taken(one)]
        for one in warm:
            self._own(one)
        rest = [each for one in warm for each in self._untried(one)]
        return rest + [each for one in cold for each in self._judged(one)]

    def _probe(self, series: Series, number: int) -> Instance | None:
        """Return the file of a round, None when it was tried already."""
        found = self._found(series, number)
        return None if found.name in self._met else found

    def _is_taken(self, series: Series) -> bool:
        probes = (self._found(series, number).name for number in range(_PROBES))
        return any(name in self._met and self._met[name] is None for name in probes)

    @staticmethod
    def _found(series: Series, number: int) -> Instance:
        """Return the first file, the middle one or the last."""
        return series.instances[(len(series.instances) - 1) * number // 2]

    def _untried(self, series: Series) -> list[Instance]:
        return [each for each in series.instances if each.name not in self._met]

    def _judged(self, series: Series) -> list[Instance]:
        """Give up a series whose files were refused alike; return what is left of one that met different reasons."""
        met = {each.name: error for each in series.instances if (error := self._met.get(each.name)) is not None}
        cause = next(iter(met.values()), self._breaker.cause)
        if cause is None:
            return self._untried(series)
        if self._breaker.cause is not None or len({likeness(error, name) for name, error in met.items()}) == 1:
            self._give_up(series.instances, met, cause)
            return []
        self._own(series)
        return self._untried(series)

    def _own(self, series: Series) -> None:
        """Note down the files of a series that were tried and refused; the others go on."""
        for each in series.instances:
            if (error := self._met.get(each.name)) is not None:
                self._give_up([each], {each.name: error}, error)


def _while(units: Iterable[Instance], holds: Callable[[], bool]) -> Iterator[Instance]:
    for unit in units:
        if not holds():
            return
        yield unit


def _name_of(instance: Instance) -> str:
    return instance.name
