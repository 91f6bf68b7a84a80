"""Parallel-beam tomography: a pack of its own for parity-suite, with two backends."""
