"""The reference backend in TensorFlow; importing it imports tensorflow, sets nothing and builds nothing."""

from __future__ import annotations

from parity_suite.ptychography.tensorflow.backend import TensorFlow

__all__ = ["TensorFlow"]
