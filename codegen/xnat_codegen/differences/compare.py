"""Two sets of schemas side by side: which types, elements and fields differ, and in what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from ..ir import Ir
from ..model.xsd import QName
from ..passes import PASSES
from ..passes.resolve_types import resolve_types
from .change import Change, KindOfChange, Verdict
from .declared import Declared, DeclaredField, DeclaredType, declared
from .judge import facet_changes, judge_addition, judge_removal, judge_type
from .python_side import PythonField, PythonSide, python_side


@attrs.frozen
class Side:
    """One set of schemas: what it declares, and what the package makes of it."""

    declared: Declared
    python: PythonSide


def side_of(ir: Ir) -> Side:
    """Returns one side; runs the passes on a model that they have not seen.

    Raises:
        CodegenError: A pass cannot decide something.
    """
    first = PASSES.index(resolve_types)
    for one in PASSES[:first]:
        one(ir)
    found = declared(ir)
    for one in PASSES[first:]:
        one(ir)
    return Side(found, python_side(ir))


def changes_between(old: Side, new: Side, prefix: str = "") -> list[Change]:
    """Returns the differences, the worst first.

    Args:
        old: What code was written for.
        new: What it will meet.
        prefix: Only those of the namespace that has this prefix; "" for all.
    """
    changes = _Comparison(old, new).run()
    kept = [change for change in changes if not prefix or change.type.startswith(f"{prefix}:")]
    return sorted(kept, key=lambda change: change.order)


class _Comparison:
    """The work of `changes_between`."""

    def __init__(self, old: Side, new: Side) -> None:
        self.old = old
        self.new = new
        self.prefixes = {**old.declared.prefixes, **new.declared.prefixes}

    def run(self) -> Iterator[Change]:
        yield from self.elements()
        old, new = self.old.declared.types, self.new.declared.types
        for name in sorted({*old, *new}):
            if name not in new:
                python = self.old.python.classes.get(name, "")
                yield Change("type-removed", self.label(name), verdict=Verdict.BREAKING, python=python)
            elif name not in old:
                python = self.new.python.classes.get(name, "")
                yield Change("type-added", self.label(name), verdict=Verdict.ADDITIVE, python=python)
            else:
                yield from self.type(name, old[name], new[name])
                yield from self.fields(name, old[name], new[name])

    def label(self, name: QName) -> str:
        prefix = "xs" if name.is_builtin else self.prefixes.get(name.namespace)
        return f"{prefix}:{name.local}" if prefix else str(name)

    def elements(self) -> Iterator[Change]:
        old, new = self.old.declared.elements, self.new.declared.elements
        for name in sorted(old.keys() ^ new.keys()):
            if name in new:
                yield Change("element-added", self.label(name), new=self.label(new[name]), verdict=Verdict.ADDITIVE)
            else:
                yield Change("element-removed", self.label(name), old=self.label(old[name]), verdict=Verdict.BREAKING)
        for name in sorted(old.keys() & new.keys()):
            if old[name] != new[name]:
                was, now = self.label(old[name]), self.label(new[name])
                yield Change("retyped", self.label(name), "", "type", was, now, Verdict.BREAKING)

    def type(self, name: QName, old: DeclaredType, new: DeclaredType) -> Iterator[Change]:
        """What changed about a type itself: its class, what it extends, how servers store it."""
        label, was, now = self.label(name), self.old.python.classes.get(name), self.new.python.classes.get(name)
        if was != now:
            yield Change("python", label, "", "class", was, now, Verdict.BREAKING, now or was or "")
        for what in sorted({*old.types, *new.types}):
            if old.types.get(what) != new.types.get(what):
                verdict = Verdict.ADDITIVE if what == "base" and self.still_extends(name, old) else Verdict.BREAKING
                texts = self.text(old.types, what), self.text(new.types, what)
                yield Change("retyped", label, "", what, *texts, verdict, now or "")
        yield from self.marks(label, "", old.marks, new.marks, now or "")

    def still_extends(self, name: QName, old: DeclaredType) -> bool:
        """Whether a type extends, over whatever other types, what it extended."""
        types, current = self.new.declared.types, name
        seen: set[QName] = set()
        while current in types and current not in seen:
            seen.add(current)
            current = types[current].types.get("base", current)
            if current == old.types.get("base"):
                return True
        return "base" not in old.types

    def fields(self, name: QName, old: DeclaredType, new: DeclaredType) -> Iterator[Change]:
        for path in sorted({*old.fields, *new.fields}):
            was, now = self.old.python.fields.get((name, path)), self.new.python.fields.get((name, path))
            if path not in new.fields:
                verdict = judge_removal(was, self.new.python)
                held = self.type_text(old.fields[path])
                yield self.change("field-removed", name, path, "", (held, None), verdict, was)
            elif path not in old.fields:
                verdict = judge_addition(now, self.old.python)
                held = self.type_text(new.fields[path])
                yield self.change("field-added", name, path, "", (None, held), verdict, now)
            else:
                yield from self.field(name, path, old.fields[path], new.fields[path])

    def field(self, name: QName, path: str, old: DeclaredField, new: DeclaredField) -> Iterator[Change]:
        was, now = self.old.python.fields.get((name, path)), self.new.python.fields.get((name, path))
        changes = list(self.retyped(name, path, old, new))
        for what, old_text, new_text, verdict in facet_changes(old.facets, new.facets):
            changes.append(self.change("facet", name, path, what, (old_text, new_text), verdict, now))
        is_told = any(change.verdict is not Verdict.COMPATIBLE for change in changes)
        if was != now and not is_told and not _is_uncertain(was, now):
            texts = None if was is None else str(was), None if now is None else str(now)
            changes.append(self.change("python", name, path, "field", texts, self.judge_field(was), now or was))
        yield from changes
        place = now.place if now is not None else ""
        yield from self.marks(self.label(name), path, old.marks, new.marks, place)

    def judge_field(self, was: PythonField | None) -> Verdict:
        return Verdict.ADDITIVE if was is None else judge_removal(was, self.new.python)

    def retyped(self, name: QName, path: str, old: DeclaredField, new: DeclaredField) -> Iterator[Change]:
        was, now = self.old.python.fields.get((name, path)), self.new.python.fields.get((name, path))
        verdict = judge_type(was, now)
        for what in sorted({*old.types, *new.types}):
            if old.types.get(what) != new.types.get(what):
                texts = self.text(old.types, what), self.text(new.types, what)
                yield self.change("retyped", name, path, what, texts, verdict, now)
        if old.repeats != new.repeats:
            texts = _occurs(repeats=old.repeats), _occurs(repeats=new.repeats)
            yield self.change("retyped", name, path, "occurs", texts, verdict, now)

    def change(  # noqa: PLR0917 - one argument for each part of a change
        self,
        kind: KindOfChange,
        name: QName,
        path: str,
        what: str,
        texts: tuple[str | None, str | None],
        verdict: Verdict,
        python: PythonField | None,
    ) -> Change:
        place = python.place if python is not None else ""
        return Change(kind, self.label(name), path, what, *texts, verdict, place)

    def marks(
        self, label: str, path: str, old: Mapping[str, str], new: Mapping[str, str], place: str
    ) -> Iterator[Change]:
        for what in sorted({*old, *new}):
            if old.get(what) != new.get(what):
                yield Change("mark", label, path, what, old.get(what), new.get(what), Verdict.COMPATIBLE, place)

    def text(self, types: Mapping[str, QName], what: str) -> str | None:
        return self.label(types[what]) if what in types else None

    def type_text(self, field: DeclaredField) -> str:
        """What a field holds, in one word or two."""
        names = [self.label(one) for one in field.types.values()]
        return f"{' + '.join(names) or 'structure'}{', repeats' if field.repeats else ''}"


def _is_uncertain(*fields: PythonField | None) -> bool:
    """Whether a schema that is missing on one side would tell what a field is; the run warns of it anyway."""
    return any(field is not None and field.is_uncertain for field in fields)


def _occurs(*, repeats: bool) -> str:
    return "many times" if repeats else "once"
