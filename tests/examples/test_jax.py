"""The example of a third backend, in JAX: right, and wrong on purpose in values, at odd sides alone, in a gradient."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stranger import EXAMPLES, called, copied
from thinning import thinned

WRONG = """
import jax.numpy as jnp
import numpy as np
from jax_forward import Jax, compiled, intensity

class Swapped(Jax):
    def extract(self, object, positions, size):
        return super().extract(object, positions[:, :, ::-1], size)

def diffract(psi):
    far = jnp.fft.fft2(psi, axes=(2, 3)) / psi.shape[2]
    return jnp.sqrt(jnp.fft.ifftshift(intensity(far).sum(axis=1), axes=(1, 2)))

class Shifted(Jax):
    functions = {**Jax.functions, **compiled(diffract)}

class Conjugated(Jax):
    def vjp(self, *arguments):
        return np.conj(super().vjp(*arguments))
"""
CHAIN = ("probe", "extract", "illuminate", "diffract", "scale")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = copied("jax", tmp_path_factory.mktemp("stranger"))
    (place / "wrong.py").write_text(WRONG)
    return place


def test_it_is_small() -> None:
    assert sum(len(path.read_text("utf-8").splitlines()) for path in (EXAMPLES / "jax").rglob("*.py")) <= 200
    assert len((EXAMPLES / "jax" / "README.md").read_text("utf-8").splitlines()) <= 10


@pytest.mark.long  # CI asks the chain from the wheel.
def test_the_chain_is_green_and_agrees_with_both_frameworks(place: Path) -> None:
    laws = "oracle or gradient or refusal or surroundings or pair"
    chosen = f"jax and cpu and not gradient_again and (n15 or field64 or refusal) and ({laws})"
    done = called(place, "pytest", "-m", "parity", "-k", chosen, "-q", "--parity-report", "report")
    assert done.returncode == 0, done.stdout
    record = json.loads((place / "report" / "record.json").read_text("utf-8"))
    ran = {(one["stage"], one["law"], one["subject"]) for one in record["findings"] if one["verdict"] == "ok"}
    assert {(stage, law, "jax") for stage in CHAIN for law in ("oracle", "refusal")} <= ran
    assert {("diffract", "gradient", "jax"), ("extract", "gradient", "jax")} <= ran
    assert {("forward", "pair", pair) for pair in ("jax+torch", "jax+tensorflow")} <= ran


@pytest.mark.parametrize(
    ("wrong", "law", "named"),
    thinned(
        [
            ("Shifted", "diffract.oracle", "shifted diffract: zero frequency elsewhere"),
            ("Conjugated", "diffract.gradient", "conjugated diffract: "),
            ("Swapped", "extract.oracle", "swapped extract: x and y swapped"),
        ],
        3,
    ),
)
def test_a_wrong_one_is_red_and_named(place: Path, wrong: str, law: str, named: str) -> None:
    chosen = f"{law}[ and n15 and cpu"
    command = ("pytest", "-m", "parity", "-k", chosen, "-q", "--parity-backend", f"wrong:{wrong}")
    done = called(place, *command, PARITY_FAILURES="none")
    assert done.returncode == 1, done.stdout
    assert f"1. {named}" in done.stdout
    assert "\n2. " not in done.stdout, "one mistake is one cause"
