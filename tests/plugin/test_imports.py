"""Where there is no parity test the plugin imports nothing heavy, and hardly anything of its own."""

from __future__ import annotations

from typing import Any, Final

import pytest

#: A variable of the suite makes any run one of parity.
pytestmark = pytest.mark.usefixtures("failures")

HEAVY = (
    "numpy",
    "torch",
    "tensorflow",
    "scipy",
    "skimage",
    "matplotlib",
    "safetensors",
    "hypothesis",
    "xdist",
    "syrupy",
)

CONFTEST = f"""
import sys

def pytest_unconfigure():
    print("loaded:", sorted(set(sys.modules) & set({HEAVY!r})))
    print("own:", *sorted(name for name in sys.modules if name.startswith("parity_suite.") and name.count(".") == 2))
"""

#: All modules of the suite that a run without a parity test is to pay for; ``lazy``, ``decorators`` and what finds the
#: contracts of packs and the traits of laws come with a package that a test file imports.
OF_EVERY_RUN: Final = {
    "parity_suite.contracts.finders",
    "parity_suite.core.law_finder",
    "parity_suite.core.lazy",
    "parity_suite.plugin.decorators",
    "parity_suite.plugin.earlier_record",
    "parity_suite.plugin.hooks",
    "parity_suite.plugin.options",
    "parity_suite.plugin.places",
}


@pytest.mark.parametrize("parity_test", [False, True])
def test_heavy_modules(stranger: Any, monkeypatch: pytest.MonkeyPatch, parity_test: bool) -> None:
    stranger.apart = stranger.fresh = True
    stranger.write("conftest.py", CONFTEST)
    stranger.write("pytest.ini", "[pytest]\nparity_backends = tiny:Tiny\n")
    stranger.write("test_other.py", "def test_other(): pass\n")
    if not parity_test:
        (stranger.path / "test_parity.py").unlink()
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    result = stranger.run("-p", "parity_suite.plugin.hooks", "-s", "-k", "test_other", "-W", "error")
    assert result.ret == 0
    (line,) = [line for line in result.stdout.lines if line.startswith("loaded:")]
    if parity_test:
        assert "'numpy'" in line, "the measurement must see what is loaded"
    else:
        assert line == "loaded: []"


@pytest.mark.parametrize(
    "of_parity",
    [
        "pytest.ini: [pytest]\nparity_backends = tiny:Tiny\n",
        "pyproject.toml: [tool.parity.thresholds]\n",
        "snapshots/check-ids.txt: # ids of parity checks, format 2: 0\n",
        "test_marked.py: import pytest\n@pytest.mark.parity\ndef test_marked(): pass\n",
        "test_baseline.py: def test_baseline(parity_baseline): pass\n",
        "",
    ],
)
def test_own_modules(stranger: Any, of_parity: str) -> None:
    stranger.apart = stranger.fresh = True
    for found in stranger.path.iterdir():
        found.unlink()
    stranger.write("conftest.py", CONFTEST)
    stranger.write("test_other.py", "def test_other(): pass\n")
    name, _, text = of_parity.partition(": ")
    if name:
        (stranger.path / name).parent.mkdir(exist_ok=True)
        stranger.write(name, text)
    (line,) = [one for one in stranger.run("-s").stdout.lines if one.startswith("own:")]
    own = set(line.split()[1:])
    assert own >= OF_EVERY_RUN
    assert (own == OF_EVERY_RUN) == (not name), own - OF_EVERY_RUN
