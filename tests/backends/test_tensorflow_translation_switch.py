"""The switch between TensorFlow's ways to translate: whatever was chosen, the trace names what really ran."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import translation_samples as samples

tf = pytest.importorskip("tensorflow")

from parity_suite.ptychography.tensorflow import TensorFlow, tracing, translation  # noqa: E402

SWITCH = translation.SWITCH
CALLS = [(samples.images(2, 5, 7, precision="float32"), samples.between_pixels(2))]


@pytest.fixture(autouse=True)
def no_switch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH, raising=False)


YES, NO = ["1", "true", "yes", "on", " TRUE ", "On", "YES"], ["0", "false", "no", "off", "False ", "OFF", "nO"]


@pytest.mark.parametrize("mode", TensorFlow.modes)
class TestSwitch:
    @pytest.mark.parametrize("value", ["", "  ", None])
    def test_without_a_word_the_mode_decides(self, monkeypatch: pytest.MonkeyPatch, mode: str, value: Any) -> None:
        if value is not None:
            monkeypatch.setenv(SWITCH, value)
        assert translation.chosen_by_environment(mode) == f"gather_{mode}"
        assert TensorFlow(mode=mode).translation == f"gather_{mode}"

    @pytest.mark.parametrize("value", YES)
    def test_yes_is_xla(self, monkeypatch: pytest.MonkeyPatch, mode: str, value: str) -> None:
        monkeypatch.setenv(SWITCH, value)
        assert translation.chosen_by_environment(mode) == "gather_xla"
        assert TensorFlow(mode=mode).translation == "gather_xla"

    @pytest.mark.parametrize("value", NO)
    def test_no_is_never_xla(self, monkeypatch: pytest.MonkeyPatch, mode: str, value: str) -> None:
        monkeypatch.setenv(SWITCH, value)
        wanted = {"eager": "gather_eager", "graph": "gather_graph", "xla": "gather_graph"}[mode]
        assert translation.chosen_by_environment(mode) == wanted
        assert TensorFlow(mode=mode).translation == wanted

    @pytest.mark.parametrize("value", ["2", "maybe", "-1", "truee", "1.0"])
    def test_anything_else_is_refused_by_the_name_of_the_variable(
        self, monkeypatch: pytest.MonkeyPatch, mode: str, value: str
    ) -> None:
        monkeypatch.setenv(SWITCH, value)
        with pytest.raises(ValueError, match=rf"^USE_XLA_TRANSLATE: '{value}' says neither yes nor no"):
            TensorFlow(mode=mode)

    @pytest.mark.parametrize("value", ["0", "1", "maybe"])
    def test_a_keyword_comes_before_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, mode: str, value: str
    ) -> None:
        monkeypatch.setenv(SWITCH, value)
        for way in ("gather_eager", "gather_graph", "gather_xla"):
            one = TensorFlow(mode=mode, translation=way)
            assert (one.translation, one.translation_trace(CALLS).ran) == (way, (way,))

    @pytest.mark.parametrize("value", ["0", "1"])
    def test_what_the_environment_chose_is_what_runs(
        self, monkeypatch: pytest.MonkeyPatch, mode: str, value: str
    ) -> None:
        monkeypatch.setenv(SWITCH, value)
        one = TensorFlow(mode=mode)
        assert one.translation_trace(CALLS).ran == (one.translation,)


def test_the_switches_that_are_declared_are_those_of_the_default_mode() -> None:
    assert TensorFlow.translation_switches == {SWITCH: {"0": "gather_eager", "1": "gather_xla"}}
    assert TensorFlow.modes[0] == "eager"


@pytest.mark.parametrize("name", ["projective", "gather", "grid_sample"])
def test_what_there_is_not_is_refused_by_name(name: str) -> None:
    known = "gather_eager, gather_graph, gather_xla in float64"
    with pytest.raises(ValueError, match=rf"^translation: '{name}' is none of {known}"):
        TensorFlow(translation=name, precision="float64")


#: What ran in a process in which TensorFlow hands to XLA whatever it likes.
AUTOMATIC = """
import translation_samples as samples
from parity_suite.ptychography.tensorflow import TensorFlow

calls = [(samples.images(2, 5, 7, precision="float32"), samples.between_pixels(2))]
print("+".join(TensorFlow(translation="gather_graph").translation_trace(calls).ran))
"""


class TestTraceTellsWhatRan:
    def test_a_choice_that_leads_elsewhere(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(translation.WAYS, "gather_eager", translation.WAYS["projective"])  # type: ignore[index]
        one = TensorFlow(translation="gather_eager")
        assert (one.translation, one.translation_trace(CALLS).ran) == ("gather_eager", ("projective",))

    @pytest.mark.parametrize(
        ("made", "named", "ran"),
        [
            ("gather_eager", "projective", "gather_eager"),
            ("projective", "gather_eager", "projective"),
            ("gather_eager", "gather_graph", "gather_graph"),
            ("gather_xla", "gather_eager", "gather_eager"),
            ("gather_graph", "gather_xla", "gather_xla"),
        ],
    )
    def test_a_name_that_is_overwritten(self, made: str, named: str, ran: str) -> None:
        one = TensorFlow(translation=made)
        one.translation = named
        assert one.translation_trace(CALLS).ran == (ran,)

    def test_a_call_that_reaches_xla_whatever_the_name_says(self) -> None:
        held = []

        class Explicit(TensorFlow):
            def kernel(self, stage: str) -> Any:
                held.append(tf.function(self._kernels[stage], jit_compile=True, autograph=False))
                return held[-1]

        one = Explicit(translation="gather_eager")
        assert (one.translation, one.translation_trace(CALLS).ran) == ("gather_eager", ("gather_xla",))

    def test_a_program_that_is_thrown_away_is_said_to_be_gone(self) -> None:
        class Wasteful(TensorFlow):
            def kernel(self, stage: str) -> Any:
                return tf.function(self._kernels[stage], jit_compile=True, autograph=False)

        assert Wasteful(translation="gather_eager").translation_trace(CALLS).ran == (tracing.LOST,)

    def test_a_cluster_that_nobody_asked_for_is_named(self) -> None:
        flags = "--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit"
        environment = {name: value for name, value in os.environ.items() if name != SWITCH} | {"TF_XLA_FLAGS": flags}
        command = [sys.executable, "-c", AUTOMATIC]
        done = subprocess.run(
            command, cwd=Path(__file__).parent, env=environment, capture_output=True, text=True, check=False
        )
        assert done.stdout.strip() == tracing.AUTOMATIC, done.stderr[-2000:]

    def test_two_that_both_ran(self) -> None:
        class Both(TensorFlow):
            def kernel(self, stage: str) -> Any:
                other = translation.kernel("projective")
                return lambda images, offsets: 0 * other(images, offsets) + self._kernels[stage](images, offsets)

        assert Both(translation="gather_eager").translation_trace(CALLS).ran == ("gather_eager", "projective")

    def test_nothing_that_is_known(self) -> None:
        class Rolling(TensorFlow):
            def kernel(self, stage: str) -> Any:
                return lambda images, offsets: tf.roll(images, 1, axis=1)

        assert Rolling().translation_trace(CALLS).ran == ()
