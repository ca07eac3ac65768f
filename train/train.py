# SPDX-License-Identifier: Apache-2.0
r"""Trains the MNIST CNN and saves mnist_cnn_model.keras, mnist_cnn.weights.h5 and the history.

  ./bazelw run //train -- --output_dir=/path/to/folder [--epochs=5] [--seed=2] [--set=bend_pixels=0]

Exit code 2 and one line on stderr for bad flags, bad input, or outputs that can't be written.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import flags

from tools import command, environment
from train import dataset, instructions
from train.recipe import RANGES, Recipe

_DEFAULT = Recipe()
_IMAGES = command.input_file("train_images", None, "idx file of training images.", required=True)
_LABELS = command.input_file("train_labels", None, "idx file of their labels.", required=True)
_OUTPUT_DIR = command.output_folder("output_dir", None, "Folder for the outputs.", required=True)
_EPOCHS = flags.DEFINE_integer(
    "epochs",
    _DEFAULT.epochs,
    "How often each image is taken.",
    lower_bound=int(RANGES["epochs"][0]),
    upper_bound=int(RANGES["epochs"][1]),
)
_SEED = flags.DEFINE_integer(
    "seed",
    _DEFAULT.seed,
    "Seed of all random numbers.",
    lower_bound=int(RANGES["seed"][0]),
    upper_bound=int(RANGES["seed"][1]),
)
_RECIPE = command.input_file(
    "recipe",
    None,
    "JSON file of hyperparameters and their values, in place of the defaults; --epochs, --seed and"
    " --set come on top.",
)
_SET = flags.DEFINE_multi_string(
    "set", [], "A hyperparameter of train/recipe.py and its value, e.g. --set=bend_pixels=0."
)
_INSTRUCTION_SET = flags.DEFINE_enum(
    "instruction_set",
    instructions.DEFAULT,
    instructions.NAMES,
    "What TensorFlow may use of the CPU. By default every CPU gives the same bytes.",
)
_PROGRESS = flags.DEFINE_bool("progress", True, "Show Keras's progress bars.")


def _recipe() -> Recipe:
    """The hyperparameters: the defaults, then --recipe, --epochs and --seed, then --set."""
    recipe = _DEFAULT
    if _RECIPE.value:
        try:
            recipe = recipe.with_file(_RECIPE.value)
        except ValueError as error:
            raise command.CommandError(str(error)) from error
    for flag in (_EPOCHS, _SEED):
        if flag.present:
            recipe = dataclasses.replace(recipe, **{flag.name: flag.value})
    try:
        return recipe.with_values(_SET.value)
    except ValueError as error:
        raise command.CommandError(f"--set={error}") from error


def main() -> None:
    recipe = _recipe()
    training_set = dataset.read_dataset(
        command.user_path(_IMAGES.value), command.user_path(_LABELS.value)
    )
    output_dir = command.user_path(_OUTPUT_DIR.value)
    # Before minutes of training, check that there is a place for its result.
    with command.scratch_folder(output_dir):
        pass
    instructions.use(_INSTRUCTION_SET.value)
    # Only now: they import TensorFlow, which takes seconds and reads its environment then.
    import tensorflow as tf

    from train import artifacts, training

    # TensorFlow imports functions that it writes to /tmp: they are not needed a second time.
    sys.dont_write_bytecode = True
    model, history = training.train(recipe, training_set, verbose=1 if _PROGRESS.value else 0)
    with command.scratch_folder(output_dir) as scratch:
        keras_file = artifacts.save_model(model, scratch)
        weights = artifacts.export_weights(keras_file, scratch)
    outputs: dict[str | pathlib.Path, bytes | str] = {
        output_dir / "mnist_cnn_model.keras": keras_file,
        output_dir / "mnist_cnn.weights.h5": weights,
        output_dir / "mnist_cnn_history.json": command.json_text(
            {
                "environment": environment.describe(
                    tensorflow=tf.__version__,
                    threads=recipe.threads,
                    seed=recipe.seed,
                    instruction_set=_INSTRUCTION_SET.value,
                ),
                "recipe": dataclasses.asdict(recipe),
                **history,
            }
        ),
    }
    command.write_files(outputs)
    if history["held_out"] is not None:
        print(f"Accuracy on the training images held out: {history['held_out']:.2%}")
    for path in outputs:
        print(f"Saved: {pathlib.Path(path).name}")


if __name__ == "__main__":
    command.run(main, dataset.DatasetError)
