"""What TensorFlow is set to on this machine; read, never set."""

from __future__ import annotations

import os

import tensorflow as tf
from tensorflow.python.util import _pywrap_util_port

from parity_suite.ptychography.tensorflow.functions import MODES
from parity_suite.ptychography.tensorflow.translation import SWITCH, chosen_by_environment, why_not_projective


def devices() -> tuple[str, ...]:
    """The devices at hand: ``cpu``, and ``cuda`` where TensorFlow sees a GPU."""
    return ("cpu", "cuda") if tf.config.list_physical_devices("GPU") else ("cpu",)


def describe() -> dict[str, str]:
    """Version, threads (``auto`` is as many as cores), what may change the last digits, the implementation of
    ``translate`` where none is asked for, whether this build has the projective one, and the devices.
    """
    threading = tf.config.threading
    return {
        "tensorflow": tf.__version__,
        "intra_op_threads": str(threading.get_intra_op_parallelism_threads() or "auto"),
        "inter_op_threads": str(threading.get_inter_op_parallelism_threads() or "auto"),
        "onednn": _on(_pywrap_util_port.IsMklEnabled()),
        "tf32": _on(tf.config.experimental.tensor_float_32_execution_enabled()),
        "translation": _translation(),
        "projective": why_not_projective() or "there",
        SWITCH: os.environ.get(SWITCH, ""),
        "XLA_FLAGS": os.environ.get("XLA_FLAGS", ""),
        "TF_XLA_FLAGS": os.environ.get("TF_XLA_FLAGS", ""),
        "devices": ", ".join(devices()),
    }


def _translation() -> str:
    """That of the first mode, or why there is none: with a switch that says nothing no backend can be made."""
    try:
        return chosen_by_environment(MODES[0])
    except ValueError as refusal:
        return f"none ({refusal})"


def _on(state: bool) -> str:
    return "on" if state else "off"
