# SPDX-License-Identifier: Apache-2.0
"""Tests of train/recipe.py."""

import dataclasses

import pytest

from train.recipe import RANGES, Recipe


def test_values_are_taken_by_their_type():
    recipe = Recipe().with_values(["epochs=3", "warp=0"])
    assert (recipe.epochs, recipe.warp) == (3, 0.0)
    assert isinstance(recipe.warp, float)
    assert Recipe().with_values([]) == Recipe()


def test_every_hyperparameter_has_a_range_that_its_default_is_in():
    for name, value in dataclasses.asdict(Recipe()).items():
        assert RANGES[name][0] <= value <= RANGES[name][1]
    assert RANGES.keys() == dataclasses.asdict(Recipe()).keys()


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("epochs", "epochs: must be NAME=VALUE with one of the names seed, threads, "),
        ("epoch=1", "epoch=1: must be NAME=VALUE"),
        ("with_values=1", "with_values=1: must be NAME=VALUE"),
        ("epochs=1.5", "epochs=1.5: must be like epochs="),
        ("warp=x", "warp=x: must be like warp="),
        ("warp=nan", "warp=nan: must be from 0 to 1"),
        ("seed=-1", "seed=-1: must be from 0 to 2147483647"),
        ("epochs=0", "epochs=0: must be from 1 to 100000"),
        ("threads=0", "threads=0: must be from 1 to 64"),
        ("batch_size=0", "batch_size=0: must be from 1 to 256"),
        ("batch_size=257", "batch_size=257: must be from 1 to 256"),
        ("held_out=-1", "held_out=-1: must be from 0 on"),
    ],
)
def test_a_bad_value_is_refused(assignment, message):
    with pytest.raises(ValueError, match=message):
        Recipe().with_values([assignment])


def test_a_file_changes_what_it_names(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text('{"epochs": 5, "warp": 0, "learning_rate": 1e-3}')
    assert Recipe(seed=7).with_file(path) == Recipe(seed=7, epochs=5, warp=0.0, learning_rate=1e-3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "recipe.json: cannot be read: No such file"),
        ("epochs=5", "recipe.json: is not JSON: "),
        ("[5]", r'recipe.json: must be an object such as {"epochs": 30}'),
        ('{"epoch": 5}', "recipe.json: epoch=5: must be NAME=VALUE with one of the names"),
        ('{"epochs": true}', "recipe.json: epochs=True: must be like epochs=30"),
        ('{"epochs": 0}', "recipe.json: epochs=0: must be from 1 to 100000"),
        ('{"warp": NaN}', "recipe.json: warp=nan: must be from 0 to 1"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, text, message):
    path = tmp_path / "recipe.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=message):
        Recipe().with_file(path)
