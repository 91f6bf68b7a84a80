from parity_suite import parity_checks


@parity_checks(backends=["two_codes:First", "two_codes:Second"])
def test_parity(check):
    check.run()
