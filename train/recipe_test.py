"""Tests of train/recipe.py."""

import pytest

from train import architecture
from train.recipe import Recipe


def test_as_many_epochs_as_it_has_change_nothing():
    assert Recipe().with_epochs(Recipe().epochs) == Recipe()


def test_stages_change_in_proportion():
    recipe = Recipe(wide_epochs=8, thinning_epochs=6, epochs=40).with_epochs(20)
    assert (recipe.wide_epochs, recipe.thinning_epochs, recipe.epochs) == (4, 3, 20)


def test_each_stage_keeps_an_epoch():
    recipe = Recipe().with_epochs(1)
    assert (recipe.wide_epochs, recipe.thinning_epochs, recipe.epochs) == (1, 1, 1)


def test_widths_fall_to_the_networks():
    widths = Recipe().widths
    assert list(widths) == sorted(set(widths), reverse=True)
    assert widths[-1] == architecture.HIDDEN_UNITS


def test_values_are_taken_by_their_type():
    recipe = Recipe().with_values(["copies=0", "soft_weight=0", "widths=32,16"])
    assert (recipe.copies, recipe.soft_weight, recipe.widths) == (0, 0.0, (32, 16))
    assert isinstance(recipe.soft_weight, float)
    assert Recipe().with_values([]) == Recipe()


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("copies", "copies: must be a hyperparameter, '=' and its value"),
        ("copy=1", "copy=1: must be a hyperparameter"),
        ("narrow_epochs=1", "narrow_epochs=1: must be a hyperparameter"),
        ("copies=1.5", "copies=1.5: must be like copies="),
        ("widths=32,x", "widths=32,x: must be like widths="),
        ("widths=32,8", "must fall to 16"),
        ("widths=8,16", "must fall to 16"),
    ],
)
def test_a_bad_value_is_refused(assignment, message):
    with pytest.raises(ValueError, match=message):
        Recipe().with_values([assignment])
