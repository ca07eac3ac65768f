"""trained_seed: the network of one seed, from the training to its accuracy."""

load("//convert:conversion.bzl", "mnist_conversion", "mnist_evaluation")
load("//train:training.bzl", "mnist_training")

def trained_seed(*, name, seed, instruction_set, tags = []):
    """Trains, converts and evaluates with one seed, as the plain build does.

    Args:
      name: prefix of the outputs; NAME_accuracy.json is the report.
      seed: of all random numbers of the training.
      instruction_set: what the training may use of the CPU.
      tags: of the targets.
    """
    folder = name + "/"
    mnist_training(
        name = name + "_training",
        folder = folder,
        instruction_set = instruction_set,
        seed = str(seed),
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
