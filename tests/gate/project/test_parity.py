from parity_suite import parity_checks


@parity_checks(backends=["codes:Loops", "codes:Vectors"])
def test_parity(check):
    check.run()
