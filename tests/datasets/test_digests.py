"""The same bytes everywhere: at each level of NumPy's CPU dispatch this machine has, and as committed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from thinning import thinned

from parity_suite.ptychography.datasets import digests, recipe_names

DISABLED = "NPY_DISABLE_CPU_FEATURES"
#: What NumPy calls the levels: by feature group since 2.4, by single features before.
AVX512 = [name for name in __cpu_dispatch__ if name.startswith("AVX512") or name == "X86_V4"]
AVX2 = [name for name in __cpu_dispatch__ if name in {"AVX2", "FMA3", "X86_V3"}]
LEVELS = {"baseline": list(__cpu_dispatch__), "avx2": AVX512, "avx512": []}
NEEDED = {"baseline": [], "avx2": AVX2, "avx512": [name for name in AVX512 if name in {"AVX512F", "X86_V4"}]}
MAKING = """
import json
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from parity_suite.ptychography.datasets.digests import actual_digests
print(json.dumps([[name for name in __cpu_dispatch__ if __cpu_features__[name]], actual_digests()]))
"""


@pytest.mark.parametrize("level", thinned(LEVELS, 3))
def test_every_recipe_makes_the_committed_bytes_at_each_level_of_dispatch(level: str) -> None:
    missing = [name for name in NEEDED[level] if not __cpu_features__[name]]
    if missing or (level != "baseline" and not NEEDED[level]):
        pytest.skip(f"this machine or this NumPy has no {level}: {' '.join(missing) or 'not dispatched'}")
    disabled = [name for name in LEVELS[level] if __cpu_features__[name]]
    # Beside what is disabled already; NumPy warns of a feature that this machine does not have.
    environment = {**os.environ, DISABLED: " ".join([*os.environ.get(DISABLED, "").split(), *disabled])}
    if level == "baseline":
        # The C library chooses its exponentials by CPU too; elsewhere than with glibc this says nothing.
        environment["GLIBC_TUNABLES"] = "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"
    answer = subprocess.run([sys.executable, "-c", MAKING], env=environment, capture_output=True, text=True, check=True)
    enabled, made = json.loads(answer.stdout)
    assert set(enabled) == {name for name in __cpu_dispatch__ if __cpu_features__[name]} - set(disabled)
    assert set(NEEDED[level]) <= set(enabled)
    assert made == digests.expected_digests()


def test_every_recipe_has_a_committed_digest() -> None:
    assert tuple(sorted(digests.expected_digests())) == recipe_names()


def test_the_command_compares_and_writes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: object
) -> None:
    monkeypatch.setattr(digests, "resource_folder", lambda name: tmp_path)
    monkeypatch.setattr(digests, "actual_digests", lambda: {"a+b": "12", "c": "34"})
    assert digests.main(["--write"]) == 0
    assert digests.expected_digests() == {"a+b": "12", "c": "34"}
    assert digests.main([]) == 0
    monkeypatch.setattr(digests, "actual_digests", lambda: {"a+b": "12", "c": "56"})
    assert digests.main([]) == 1
    assert "c 56 differs" in capsys.readouterr().out
