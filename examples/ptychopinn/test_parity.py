"""PtychoPINN's two code bases under parity-suite, where they are importable."""

from importlib.util import find_spec

import pytest

from parity_suite import parity_checks

missing = [name for name in ("ptycho", "ptycho_torch") if find_spec(name) is None]
if missing:
    pytest.skip(f"PtychoPINN is not importable ({', '.join(missing)}): README.md says how", allow_module_level=True)

TENSORFLOW = [
    "ptychopinn_tensorflow:TensorFlow",
    "ptychopinn_learning:Learner",
    "gather=ptychopinn_routes:Routes.gather",
    "grouped=ptychopinn_routes:Routes.grouped",
    "trained=ptychopinn_routes:Routes.trained",
]


TORCH = ["ptychopinn_torch:Torch", "ptychopinn_torch_learning:TorchLearner"]


@parity_checks(backends=[*TENSORFLOW, *TORCH])
def test_parity(check):
    check.run()
