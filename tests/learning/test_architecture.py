"""The table of the reference network: an array for each weight, and a place for each array in one vector."""

from __future__ import annotations

from math import sqrt

import pytest

from parity_suite.ptychography.learning.architecture import parameters, size, width_of


def test_every_weight_has_one_place() -> None:
    table = parameters(4)
    assert table[0].start == 0
    assert [one.start for one in table[1:]] == [one.stop for one in table[:-1]]
    assert size(4) == table[-1].stop == 12756
    assert len({one.name for one in table}) == len(table)


@pytest.mark.parametrize("channels", [1, 4, 9])
def test_the_arrays_of_a_network_by_name(channels: int) -> None:
    shapes = {one.name: one.shape for one in parameters(channels, 8)}
    assert shapes == {
        "encoder0.kernel": (8, 2 * channels, 3, 3),
        "encoder0.bias": (8,),
        "encoder1.kernel": (16, 8, 3, 3),
        "encoder1.bias": (16,),
        "encoder2.kernel": (32, 16, 3, 3),
        "encoder2.bias": (32,),
        "decoder1.kernel": (16, 32, 3, 3),
        "decoder1.bias": (16,),
        "decoder0.kernel": (8, 16, 3, 3),
        "decoder0.bias": (8,),
        "modulus.kernel": (channels, 8, 3, 3),
        "modulus.bias": (channels,),
        "phase.kernel": (channels, 8, 3, 3),
    }


def test_first_weights_are_spread_as_he_says_and_the_heads_hundred_times_less() -> None:
    spread = {one.name: one.spread for one in parameters(4)}
    assert spread["encoder0.kernel"] == pytest.approx(sqrt(2 / (9 * 8)))
    assert spread["encoder2.kernel"] == pytest.approx(sqrt(2 / (9 * 16)))
    assert spread["modulus.kernel"] == spread["phase.kernel"] == pytest.approx(0.01 * sqrt(2 / (9 * 8)))
    assert {value for name, value in spread.items() if name.endswith("bias")} == {0.0}


@pytest.mark.parametrize("channels", [1, 4, 9])
@pytest.mark.parametrize("width", [1, 8, 17])
def test_the_width_is_known_from_the_number_of_weights(channels: int, width: int) -> None:
    assert width_of(size(channels, width), channels) == width


@pytest.mark.parametrize("weights", [0, size(4) - 1, size(4) + 1, size(9)])
def test_a_number_that_no_network_has_is_refused(weights: int) -> None:
    with pytest.raises(ValueError, match=rf"^weights: no network for 4 channels has {weights} "):
        width_of(weights, 4)
