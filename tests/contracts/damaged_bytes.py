"""A hypothesis strategy of files that are damaged in their bytes."""

from __future__ import annotations

from hypothesis import strategies as st


def damaged(content: bytes) -> st.SearchStrategy[bytes]:
    """The bytes of a file with one to four edits: a range overwritten, cut out, doubled, or all that follows lost."""
    place = st.integers(0, max(len(content) - 1, 0))
    edit = st.tuples(st.sampled_from(("overwrite", "cut", "double", "lose")), place, st.binary(min_size=1, max_size=16))
    return st.lists(edit, min_size=1, max_size=4).map(lambda edits: edited(content, edits))


def edited(content: bytes, edits: list[tuple[str, int, bytes]]) -> bytes:
    for kind, place, other in edits:
        stop = place + len(other)
        middle = {"overwrite": other, "cut": b"", "double": content[place:stop] * 2, "lose": b""}[kind]
        content = content[:place] + middle + (b"" if kind == "lose" else content[stop:])
    return content
