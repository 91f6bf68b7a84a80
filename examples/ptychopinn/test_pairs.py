"""PtychoPINN's two code bases held to each other, stage by stage, where both are importable."""

from importlib.util import find_spec

import pytest

from parity_suite import parity_checks

if missing := [name for name in ("ptycho", "ptycho_torch") if find_spec(name) is None]:
    pytest.skip(f"PtychoPINN ({', '.join(missing)}) is not importable: README.md says how", allow_module_level=True)


@parity_checks(backends=["ptychopinn_tensorflow:TensorFlow", "ptychopinn_torch:Torch"])
def test_parity(check):
    check.run()
