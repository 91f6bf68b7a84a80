"""PtychoPINN's code base in TensorFlow under parity-suite, where it is importable."""

from importlib.util import find_spec

import pytest

from parity_suite import parity_checks

if find_spec("ptycho") is None:
    pytest.skip("PtychoPINN (ptycho) is not importable: README.md says how", allow_module_level=True)

BACKENDS = [
    "ptychopinn_tensorflow:TensorFlow",
    "ptychopinn_learning:Learner",
    "gather=ptychopinn_routes:Routes.gather",
    "grouped=ptychopinn_routes:Routes.grouped",
    "trained=ptychopinn_routes:Routes.trained",
]


@parity_checks(backends=BACKENDS)
def test_parity(check):
    check.run()
