"""What changed between two versions of a contract, and whom it breaks.

**Compatible for readers**: a reader written against the old version can read everything that a valid writer of the new
one writes. In sets: what the new version allows a writer lies within what the old version allows a reader.

**Compatible for writers**: what could be read can still be read, and what a writer of the old version writes is what
the new one asks of a writer. In sets: what the old version allows a reader lies within what the new one does; and what
the old version allows a writer lies within what the new one does, where a name that became an alias counts as the
field's name.

A writer writes the names that its contract lists. Where the contract is open it may add names of its own, and those are
taken to be none that the other version gives a meaning. Without that, no field could ever be added.

What changes the meaning of the same bytes (units, container, a default) breaks both, although the same files are valid.
What cannot be compared (two patterns, two sets of arguments of a relation) breaks both. Where in doubt, a change
breaks: a step of the version too many costs less than one too few. Prose, and the names of the parties, change nothing.

A file of a folder is held against the contract that it names; a change in that one is told there and not here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from parity_suite.contracts.changes import Change, Difference, Effect, effect
from parity_suite.contracts.entry_changes import (
    Names,
    dim_differences,
    part_differences,
    relation_differences,
    renamed_condition,
)
from parity_suite.contracts.face import first_part, places
from parity_suite.contracts.field_changes import NEVER, became, field_differences, reader_demand, writer_demand
from parity_suite.contracts.model import Contract, Field


def differences(old: Contract, new: Contract) -> list[Change]:
    """Every difference between two versions of a contract, in the order of its file."""
    names = _new_names(old, new)
    found = [
        *_heading(old, new),
        *dim_differences(old, new, names),
        *_fields(old, new, names),
        *relation_differences(old, new, names),
        *part_differences(old, new),
    ]
    return [difference.of(new.name) for difference in found]


def all_differences(old: Mapping[str, Contract], new: Mapping[str, Contract]) -> list[Change]:
    """Every difference between two sets of contracts by name; one that is gone breaks both."""
    changes: list[Change] = []
    for name in sorted({*old, *new}):
        if name not in new:
            reason = "nobody knows any more what such a file holds"
            changes.append(Change(name, "", "contract removed", Effect.BOTH, reason))
        elif name not in old:
            changes.append(Change(name, "", "contract added", Effect.COMPATIBLE, "no file was held against it before"))
        else:
            changes += differences(old[name], new[name])
    return changes


def _heading(old: Contract, new: Contract) -> Iterator[Difference]:
    if old.name != new.name:
        reason = "what names the contract names another one"
        yield Difference("name", became(old.name, new.name), Effect.BOTH, reason)
    if old.version != new.version:
        reason = "a version says that something changed, and binds nobody"
        yield Difference("version", became(old.version, new.version), Effect.COMPATIBLE, reason)
    if old.container != new.container:
        reason = "neither side can open the other's files"
        yield Difference("container", became(old.container, new.container), Effect.BOTH, reason)
    if old.closed != new.closed:
        what = "names that are not listed are now refused" if new.closed else "names that are not listed are now let by"
        yield Difference("closed", what, effect(readers=new.closed, writers=not new.closed))


def _new_names(old: Contract, new: Contract) -> Names:
    """By old name, the new name of each field that is still there; an alias on either side says that it was renamed."""
    names = {name: name for name in old.fields if name in new.fields}
    for name, field in new.fields.items():
        if name not in old.fields:
            for before, gone in old.fields.items():
                if before not in names and (before in field.aliases or name in gone.aliases):
                    names[before] = name
                    break
    return names


def _fields(old: Contract, new: Contract, names: Names) -> Iterator[Difference]:
    for before, field in old.fields.items():
        if before in names:
            yield from _kept(field, new.fields[names[before]], names)
        else:
            yield _dropped(field, new)
    for name, field in new.fields.items():
        if name not in names.values():
            yield _added(field, old)
    yield from _taken_over(old, new, names)
    yield from _places(old, new, names)


def _kept(old: Field, new: Field, names: Names) -> Iterator[Difference]:
    if old.name != new.name:
        known = effect(readers=new.name in old.aliases, writers=old.name in new.aliases)
        reason = "" if known is Effect.COMPATIBLE else "who knows only one of the two names does not find the field"
        yield Difference(f"fields.{new.name}", f"{old.name!r} was renamed", known, reason)
    if old.required_when is not None:
        old = replace(old, required_when=renamed_condition(old.required_when, names))
    yield from field_differences(old, new)


def _added(field: Field, old: Contract) -> Difference:
    overlap = _overlapping(field, old)
    optional = writer_demand(field) is NEVER
    safe = effect(readers=not old.closed, writers=optional and not overlap)
    what = f"{'optional' if optional else 'required'} field added{overlap}"
    reason = "an old reader leaves it unread" if safe is Effect.COMPATIBLE else ""
    return Difference(f"fields.{field.name}", what, safe, reason)


def _dropped(field: Field, new: Contract) -> Difference:
    overlap = _overlapping(field, new)
    optional = reader_demand(field) is NEVER
    safe = effect(readers=optional and not overlap, writers=not new.closed)
    what = f"{'optional' if optional else 'required'} field dropped{overlap}"
    reason = "an old reader can do without it, and in old files it is left unread" if safe is Effect.COMPATIBLE else ""
    return Difference(f"fields.{field.name}", what, safe, reason)


def _overlapping(field: Field, contract: Contract) -> str:
    """Whether the same place in a file may belong to a field of ``contract`` too, in words; empty if not."""
    other = next((other for other in contract.fields.values() if _may_share(field, other)), None)
    return "" if other is None else f", which may share its place with {other.name!r}"


def _may_share(one: Field, other: Field) -> bool:
    """Paths of the same place: ``tensors.*.dtype`` and ``tensors.a.dtype``, or ``meta`` of any JSON and ``meta.x``."""
    steps, others = _steps(one), _steps(other)
    if not all(a == b or "*" in (a, b) for a, b in zip(steps, others, strict=False)):
        return False
    shorter = one if len(steps) < len(others) else other
    return len(steps) == len(others) or "json" in shorter.dtypes or shorter.name.endswith("@key")


def _steps(field: Field) -> list[str]:
    # The column of the keys of a mapping is there with whatever the mapping holds.
    return field.name.removesuffix("@key").replace("[]", ".[]").replace("@", ".@").split(".")


def _taken_over(old: Contract, new: Contract, names: Names) -> Iterator[Difference]:
    """Names that both versions know, for different fields."""
    before, after = _owners(old), _owners(new)
    reason = "files with that name are taken for something else"
    for name, owner in after.items():
        if name in before and names.get(before[name]) != owner:
            what = f"the name {name!r} was one of {before[name]!r}"
            yield Difference(f"fields.{owner}", what, Effect.BOTH, reason)


def _places(old: Contract, new: Contract, names: Names) -> Iterator[Difference]:
    """A sequence stands for a mapping; more items at its end, or fewer, move none of the others."""
    if "mapping" not in (old.container, new.container):
        return
    before = list(dict.fromkeys(first_part(names.get(name, name)) for name in old.fields))
    after = places(new)
    if not all(one == other for one, other in zip(before, after, strict=False)):
        reason = "a sequence that stands for the mapping has its items in this order"
        yield Difference("fields", f"the order {', '.join(before)} became {', '.join(after)}", Effect.BOTH, reason)


def _owners(contract: Contract) -> dict[str, str]:
    return {known: field.name for field in contract.fields.values() for known in (field.name, *field.aliases)}
