"""What the oracle and the backends both read cannot be found wrong by comparing them: they share no table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from parity_suite.ptychography import oracle, oracle_network, pipeline
from parity_suite.ptychography.learning import architecture
from parity_suite.ptychography.learning.weights import by_name

BACKENDS = Path(oracle.__file__).parent
#: What both sides may import: NumPy gives arrays and their arithmetic, the rest nothing that a number comes from.
BOTH = {
    "numpy": "arrays, and the transform that the oracle's own tests hold to a DFT matrix",
    "numpy.typing": "types alone",
    "typing": "types alone",
    "collections.abc": "types alone",
    "__future__": "types alone",
    "math": "isqrt and prod of Python's own library",
}


def _imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, and for ``from package import name`` both."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path.name}: a relative import hides where it leads"
            yield str(node.module)
            if str(node.module).startswith("parity_suite"):
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_oracle_imports_nothing_of_the_suite_but_itself() -> None:
    files = sorted(BACKENDS.glob("oracle*.py"))
    assert [file.name for file in files] == ["oracle.py", "oracle_network.py"]
    theirs = {
        name
        for folder in ("torch", "tensorflow")
        for file in (BACKENDS / folder).glob("*.py")
        for name in _imported(file)
    }
    assert {"torch", "tensorflow", "parity_suite.ptychography.learning.architecture", "numpy"} <= theirs, (
        "the search sees imports"
    )
    ours = {name for file in files for name in _imported(file)}
    assert {name for name in ours if name.startswith("parity_suite")} == {
        "parity_suite.ptychography",
        "parity_suite.ptychography.oracle_network",
        "parity_suite.ptychography.oracle_network.Array",
    }
    assert ours & theirs <= {*BOTH, "parity_suite.ptychography"}


@pytest.mark.parametrize("channels", [1, 4, 9])
@pytest.mark.parametrize("width", [1, 3, 8, 17])
def test_the_weights_of_the_oracle_lie_where_those_of_the_backends_do(channels: int, width: int) -> None:
    weights = np.arange(float(architecture.size(channels, width)))
    ours, theirs = oracle_network.named(weights, channels), by_name(weights, channels)
    assert list(ours) == list(theirs)
    for name, array in ours.items():
        assert array.shape == theirs[name].shape
        assert np.array_equal(array, theirs[name])


def test_the_numbers_of_the_oracle_are_those_of_the_backends() -> None:
    assert oracle_network.DAMPING == architecture.DAMPING
    assert (oracle.COVER_THRESHOLD, oracle.RATE_FLOOR) == (pipeline.COVER_THRESHOLD, pipeline.RATE_FLOOR)
