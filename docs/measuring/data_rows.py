"""Conventions of the data and of arithmetic: order, dtypes, modes of layers, fast convolutions."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
import tensorflow as tf
import torch
from torch.nn import functional

from measuring.lesson16 import CASE, fitting, kernel, made, seen, tensorflow, torch_spec, trained
from measuring.row import Convention, Measured, number, relative
from parity_suite.core.context import RunContext
from parity_suite.ptychography.lessons import lesson
from parity_suite.ptychography.oracle import Oracle
from parity_suite.ptychography.sizes import recipe_case
from parity_suite.ptychography.torch import grouping, network

CONTEXT = RunContext()

Tensor = torch.Tensor
_FAR: Final = 3000.1
_TWO_MODES: Final = recipe_case("modes64", 2, slow=False)

#: Trains the lesson in float32 in a process of its own, where the environment is read anew.
_ELSEWHERE: Final = """
import sys, numpy as np
from measuring.lesson16 import CASE, TENSORFLOW, Subject, learned
model = learned(Subject(TENSORFLOW, CONTEXT), CASE)
np.savez(sys.argv[1], losses=model.losses, patches=model.patches)
"""


def _order() -> Measured:
    def other(given: dict[str, Any], settings: Any) -> tuple[dict[str, Any], Any]:
        draw, order = np.random.default_rng(2), given["order"]
        return {**given, "order": draw.permutation(order.ravel()).reshape(order.shape)}, settings

    effect = trained(fitting(other))
    return Measured(f"shuffled by another seed: {effect.consequence}", effect.seen)


def _positions() -> Measured:
    given, oracle = lesson(CONTEXT, CASE), Oracle()
    positions = given.positions + np.random.default_rng(3).uniform(-0.5, 0.5, given.positions.shape)
    rounded = (positions + _FAR).astype(np.float32) - _FAR
    true = given.need_object()
    patches = relative(*(oracle.extract(true, places, 16) for places in (rounded, positions)))
    raster = np.stack(np.meshgrid(np.arange(40), np.arange(40)), 2).reshape(-1, 2) * 0.1 + _FAR
    double, single = (oracle.group(places, 2)["indices"] for places in (raster, raster.astype(np.float32)))
    other = float(np.mean(np.any(np.sort(double) != np.sort(single), axis=1)))

    def group(positions: Tensor, *rest: Any, **named: Any) -> dict[str, Tensor]:
        return grouping.group(positions.float(), *rest, **named)

    with made(kernel("group", group)):
        red = seen(torch_spec(), "float32", [("group", law, _TWO_MODES) for law in ("oracle", "search")])
    members = f"on a raster of 0.1 px {other:.0%} of the groups have other members"
    return Measured(f"float32 at {_FAR:g} px: patches {number(patches)}; {members}", red)


def _modes() -> Measured:
    given = lesson(CONTEXT, CASE)
    data = np.ascontiguousarray(given.amplitude.astype(np.float32))
    ours = torch.nn.BatchNorm2d(4)
    theirs = keras.layers.BatchNormalization()
    for groups in given.order:
        ours(torch.from_numpy(data[groups]).permute(0, 3, 1, 2))
        theirs(data[groups], training=True)
    whole = torch.from_numpy(data).permute(0, 3, 1, 2)
    one = {mode: ours.train(mode)(whole).permute(0, 2, 3, 1).detach().numpy() for mode in (False, True)}
    two = {mode: theirs(data, training=mode).numpy() for mode in (False, True)}
    dropped = functional.dropout(whole, 0.2)
    kept = relative(dropped, whole)
    text = (
        f"batch norm after 40 batches, evaluation against training: torch {number(relative(one[False], one[True]))}, "
        f"Keras {number(relative(two[False], two[True]))}, evaluation of one against the other "
        f"{number(relative(two[False], one[False]))}; dropout of 0.2 {number(kept)}"
    )
    with made((network, "_convolve", _convolve_normalised())):
        red = seen(torch_spec(), checks=[("infer", law, CASE) for law in ("oracle", "train_eval", "batch_invariance")])
    return Measured(text, red)


def _convolve_normalised() -> Any:
    """The first convolution with a batch norm behind it that was left in training mode."""
    right = network._convolve

    def convolve(x: Tensor, weights: network.Named, name: str) -> Tensor:
        out = right(x, weights, name)
        return functional.batch_norm(out, None, None, training=True) if name == "encoder0" else out

    return convolve


def _rounded(x: Tensor) -> Tensor:
    """float32 with the ten bits of TF32, to nearest; the gradient passes."""
    bits = x.detach().contiguous().view(torch.int32)
    near = ((bits + 0x1000) & ~0x1FFF).view(torch.float32)
    return x + (near - x).detach()


def _tf32() -> Measured:
    def conv2d(x: Tensor, kernel: Tensor, bias: Tensor | None = None, padding: int = 1) -> Tensor:
        if x.dtype == torch.float32:
            x, kernel = _rounded(x), _rounded(kernel)
        return functional.conv2d(x, kernel, bias, padding=padding)

    effect = trained((network, "conv2d", conv2d), precision="float32")
    now = (torch.backends.cudnn.allow_tf32, tf.config.experimental.tensor_float_32_execution_enabled())
    allowed = f"allowed by default for convolutions: torch {now[0]}, TensorFlow {now[1]}"
    return Measured(f"ten bits in every convolution, emulated, float32: {effect.consequence}; {allowed}", effect.seen)


def _onednn() -> Measured:
    here = tensorflow("float32").all
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "without.npz"
        environment = os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0", "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", _ELSEWHERE, str(path)], env=environment, check=True, capture_output=True)
        there = np.load(path)
        losses, patches = (relative(there[name], getattr(here, name)) for name in ("losses", "patches"))
    text = f"`TF_ENABLE_ONEDNN_OPTS=0` against default, float32: losses {number(losses)}, patches {number(patches)}"
    return Measured(text, "nothing to see: below the 2e-5 and 2 % of `train.pair`")


ROWS = (
    Convention(
        "order of the data",
        "an array of indices, made once and passed in",
        "`DataLoader` shuffles by torch's generator",
        "`tf.data` and `fit` shuffle by theirs, `shuffle(buffer)` only within the buffer",
        _order,
    ),
    Convention("dtype of positions", "float64 until pixel and fraction are split", "as given", "as given", _positions),
    Convention(
        "modes of a layer",
        "no batch norm and no dropout: one function of the group alone",
        "batch norm: momentum 0.1 of the new, epsilon 1e-5",
        "Keras: momentum 0.99 of the old, epsilon 1e-3",
        _modes,
    ),
    Convention(
        "TF32",
        "an epsilon of its own, never another budget",
        "on for convolutions, off for products of matrices",
        "on for both",
        _tf32,
    ),
    Convention("oneDNN", "either", "on", "on (x86)", _onednn),
)
