"""Tests of train/recipe.py."""

import pytest

from train.recipe import Recipe


def test_values_are_taken_by_their_type():
    recipe = Recipe().with_values(["epochs=3", "warp=0"])
    assert (recipe.epochs, recipe.warp) == (3, 0.0)
    assert isinstance(recipe.warp, float)
    assert Recipe().with_values([]) == Recipe()


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epochs", "epochs: must be a hyperparameter, '=' and its value"),
        ("epoch=1", "epoch=1: must be a hyperparameter"),
        ("with_values=1", "with_values=1: must be a hyperparameter"),
        ("epochs=1.5", "epochs=1.5: must be like epochs="),
        ("warp=x", "warp=x: must be like warp="),
    ],
)
def test_a_bad_value_is_refused(assignment, message):
    with pytest.raises(ValueError, match=message):
        Recipe().with_values([assignment])
