# SPDX-License-Identifier: Apache-2.0
"""training_run: a network of its own, from the training to the accuracy of both converted models."""

load("//train:training.bzl", "mnist_training")
load(":conversion.bzl", "mnist_conversion", "mnist_evaluation")

def training_run(*, name, seed = "$(SEED)", instruction_set = "$(INSTRUCTION_SET)", recipe = None, tags = []):
    """Trains, converts and evaluates, as the plain build does.

    Args:
      name: folder of the outputs, which are called as those of //train and //convert, and prefix of
        NAME_accuracy.json, the report.
      seed: of all random numbers of the training; as the build says, by default.
      instruction_set: what the training may use of the CPU; as the build says, by default.
      recipe: a JSON file of hyperparameters: see mnist_training.
      tags: of the targets.
    """
    folder = name + "/"
    mnist_training(
        name = name + "_training",
        folder = folder,
        instruction_set = instruction_set,
        recipe = recipe,
        seed = seed,
        tags = tags,
    )
    mnist_conversion(
        name = name + "_conversion",
        folder = folder,
        tags = tags,
        training = folder,
    )
    mnist_evaluation(
        name = name + "_evaluation",
        out = name + "_accuracy.json",
        conversion = folder,
        tags = tags,
        training = folder,
    )
