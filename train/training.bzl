# SPDX-License-Identifier: Apache-2.0
"""mnist_training: the network of one seed and one instruction set."""

load("//tools:quiet.bzl", "quiet")

def mnist_training(
        *,
        name,
        folder = "",
        seed = "$(SEED)",
        instruction_set = "$(INSTRUCTION_SET)",
        recipe = None,
        **kwargs):
    """Trains the network.

    Args:
      name: of the target.
      folder: where the outputs go, in the package: "" or a name and a slash. They are
        mnist_cnn_model.keras, mnist_cnn.weights.h5 and mnist_cnn_history.json.
      seed: of all random numbers; as the build says, by default.
      instruction_set: what TensorFlow may use; as the build says, by default.
      recipe: a JSON file of hyperparameters, such as {"epochs": 5}; by default those of recipe.py.
        Its seed, if it names one, is not taken: `seed` decides.
      **kwargs: passed on to the genrule.
    """
    images = Label("@mnist//:train_images")
    labels = Label("@mnist//:train_labels")
    trainer = Label("//train:trainer")
    native.genrule(
        name = name,
        srcs = [images, labels] + ([recipe] if recipe else []),
        outs = [
            folder + "mnist_cnn_model.keras",
            folder + "mnist_cnn.weights.h5",
            folder + "mnist_cnn_history.json",
        ],
        cmd = quiet("$(execpath {}) --noprogress --output_dir=$(RULEDIR)/{}".format(trainer, folder) +
                    " --seed={} --instruction_set={}".format(seed, instruction_set) +
                    " --train_images=$(execpath {}) --train_labels=$(execpath {})".format(images, labels) +
                    (" --recipe=$(execpath {})".format(recipe) if recipe else "")),
        message = "Training the MNIST CNN (a few minutes)",
        toolchains = [Label("//train:settings")],
        tools = [trainer],
        **kwargs
    )
