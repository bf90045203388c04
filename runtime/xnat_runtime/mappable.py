"""What functions are run below, object by object: the connection, projects, subjects, experiments, scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, TypeVar, cast, overload

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from .levels import Level
    from .objects import XnatObject
    from .patterns import FilterFunctions
    from .session import BaseSession

T = TypeVar("T", bound="XnatObject")
R = TypeVar("R")


class Mappable:
    """What functions are run below: a connection, project, subject, experiment or scan."""

    __slots__ = ()

    @overload
    def map(
        self,
        function: Callable[[T], R],
        level: Level[T],
        *,
        filter_function: FilterFunctions | None = None,
        logfile: str | Path | None = None,
        workers: int = 1,
        executor: Executor | None = None,
    ) -> dict[str, R]: ...
    @overload
    def map(
        self,
        function: Callable[Concatenate[T, ...], R],
        level: Level[T],
        args: Sequence[object] | None = None,
        kwargs: Mapping[str, object] | None = None,
        filter_function: FilterFunctions | None = None,
        logfile: str | Path | None = None,
        *,
        workers: int = 1,
        executor: Executor | None = None,
    ) -> dict[str, R]: ...
    @overload
    def map(
        self,
        function: Callable[..., R],
        level: str,
        args: Sequence[object] | None = None,
        kwargs: Mapping[str, object] | None = None,
        filter_function: FilterFunctions | None = None,
        logfile: str | Path | None = None,
        *,
        workers: int = 1,
        executor: Executor | None = None,
    ) -> dict[str, R]: ...
    def map(  # noqa: PLR0917  # xnatpy's order
        self,
        function: Callable[..., R],
        level: Level[XnatObject] | str,
        args: Sequence[object] | None = None,
        kwargs: Mapping[str, object] | None = None,
        filter_function: FilterFunctions | None = None,
        logfile: str | Path | None = None,
        *,
        workers: int = 1,
        executor: Executor | None = None,
    ) -> dict[str, R]:
        """Runs a function on every object of a level, and returns its results by the objects' URIs, in their order.

        One request finds the objects, one more the projects when those are filtered. Ctrl-C ends the run at once;
        works in every thread.

        Args:
            function: Takes an object, and what ``args`` and ``kwargs`` hold.
            level: Level of the objects, such as ``MappingLevel.SCAN``, or its name.
            args: Further arguments of the function.
            kwargs: Further named arguments of the function.
            filter_function: Conditions by level; see `FilterFunctions`.
            logfile: A journal of what is done. A run with the same file goes on: objects that it has are not run
                again, those that failed are. The function must then return what JSON can say.
            workers: How many threads run the function at a time.
            executor: Runs the function in place of threads here, such as a ``ProcessPoolExecutor``, or
                ``client.get_executor(pure=False, retries=2)`` of a Dask client; the objects are pickled, and connect
                there by themselves (see "Beyond one machine").

        Raises:
            MappingError: The function raised for some objects; its ``failures`` and ``results`` tell of all.
            InvalidValueError: There is no such level here, or the file is no journal of this level.
        """
        from functools import partial  # noqa: PLC0415  # few programs map

        from .levels import level_of  # noqa: PLC0415  # as above
        from .mapping import map_items  # noqa: PLC0415  # as above
        from .patterns import filters_of  # noqa: PLC0415  # as above
        from .selecting import select  # noqa: PLC0415  # as above

        chosen = level_of(level)
        items = select(*self.__xnat_mapped__(), chosen, filters_of(filter_function))
        bound: Callable[[Any], R] = partial(_called, function, tuple(args or ()), dict(kwargs or {}))  # Any: as above
        return map_items(items, bound, chosen.value, logfile, workers, executor=executor)

    def __xnat_mapped__(self) -> tuple[BaseSession, XnatObject | None]:
        """Returns the connection, and the object that functions are run below; None for the whole site."""
        from .objects import XnatObject  # noqa: PLC0415  # objects are mapped too

        if isinstance(self, XnatObject):
            return self.session, self
        # cast: nothing else is mapped.
        return cast("BaseSession", self), None


def _called(function: Callable[..., R], args: tuple[object, ...], kwargs: dict[str, object], item: object) -> R:
    return function(item, *args, **kwargs)
