"""PtychoPINN's code base in PyTorch under parity-suite, where it is importable."""

from importlib.util import find_spec

import pytest

from parity_suite import parity_checks

if find_spec("ptycho_torch") is None:
    pytest.skip("PtychoPINN (ptycho_torch) is not importable: README.md says how", allow_module_level=True)


@parity_checks(backends=["ptychopinn_torch:Torch", "ptychopinn_torch_learning:TorchLearner"])
def test_parity(check):
    check.run()
