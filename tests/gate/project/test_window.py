from codes import window


def test_short(parity_baseline):
    parity_baseline("window", window(4), backend="own", case="short", budget=1e-6)


def test_long(parity_baseline):
    parity_baseline("window", window(40), backend="own", case="long", budget=1e-6)
