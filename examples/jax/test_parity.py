from parity_suite import parity_checks


@parity_checks(
    backends=[
        "jax_forward:Jax",
        "parity_suite.ptychography.torch:Torch",
        "parity_suite.ptychography.tensorflow:TensorFlow",
    ]
)
def test_parity(check):
    check.run()
