from parity_suite import parity_checks


@parity_checks(backends=["tomography.numpy_backend:NumPy", "tomography.torch_backend:Torch"])
def test_parity(check):
    check.run()
