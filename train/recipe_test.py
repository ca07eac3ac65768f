"""Tests of train/recipe.py."""

from train.recipe import Recipe


def test_as_many_epochs_as_it_has_change_nothing():
    assert Recipe().with_epochs(Recipe().epochs) == Recipe()


def test_stages_change_in_proportion():
    recipe = Recipe(teacher_epochs=8, epochs=30, pruning_epochs=6, head_epochs=80).with_epochs(15)
    assert (recipe.teacher_epochs, recipe.epochs) == (4, 15)
    assert (recipe.pruning_epochs, recipe.head_epochs) == (3, 40)


def test_each_stage_keeps_an_epoch():
    recipe = Recipe().with_epochs(1)
    stages = (recipe.teacher_epochs, recipe.epochs, recipe.pruning_epochs, recipe.head_epochs)
    assert min(stages) == 1
    assert max(stages) <= 3
