"""Tests of the removal of hidden units."""

import numpy as np
import pytest

from train import pruning


@pytest.fixture(name="layer")
def _layer():
    """Activations, outgoing weights and biases of five units."""
    generator = np.random.default_rng(3)
    hidden = np.maximum(generator.normal(0.5, 1.0, (200, 5)), 0).astype(np.float32)
    kernel = generator.normal(size=(5, 10)).astype(np.float32)
    return hidden, kernel, generator.normal(size=10).astype(np.float32)


def _distance_to(expected):
    return lambda logits: float(np.mean((logits - expected) ** 2))


def test_nothing_goes_where_all_may_stay(layer):
    hidden, kernel, bias = layer
    removal = pruning.remove_units(hidden, kernel, bias, 5, _distance_to(0))
    np.testing.assert_array_equal(removal.kept, range(5))
    np.testing.assert_array_equal(removal.kernel, kernel)
    np.testing.assert_allclose(removal.bias, bias, atol=1e-5)


def test_a_unit_that_others_make_up_for_goes_without_a_trace(layer):
    hidden, kernel, bias = layer
    # Unit 2 is a copy of unit 0 but for a constant, and the least important.
    hidden[:, 2] = 2 * hidden[:, 0] + 3
    kernel[2] *= 0.01
    expected = hidden @ kernel + bias
    removal = pruning.remove_units(hidden, kernel, bias, 4, _distance_to(expected))
    np.testing.assert_array_equal(removal.kept, [0, 1, 3, 4])
    logits = hidden[:, removal.kept] @ removal.kernel + removal.bias
    np.testing.assert_allclose(logits, expected, atol=1e-3)
    assert removal.kernel.dtype == removal.bias.dtype == np.float32


def test_the_unit_with_the_least_loss_goes_first(layer):
    hidden, kernel, bias = layer
    kernel[3] *= 0.01
    removal = pruning.remove_units(hidden, kernel, bias, 3, _distance_to(hidden @ kernel + bias))
    assert 3 not in removal.kept
    assert len(removal.kept) == 3


def test_dead_units_go_without_an_error(layer):
    hidden, kernel, bias = layer
    hidden[:, [1, 4]] = 0
    removal = pruning.remove_units(hidden, kernel, bias, 2, _distance_to(hidden @ kernel + bias))
    assert not {1, 4} & set(removal.kept.tolist())
    assert np.isfinite(removal.kernel).all()
