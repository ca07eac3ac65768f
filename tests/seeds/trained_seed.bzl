"""trained_seed: the network of one seed, from the training to its accuracy."""

def trained_seed(*, name, seed, tags = []):
    """Trains, converts and evaluates with one seed, by the plain build's own programs.

    Args:
      name: prefix of the outputs; NAME_accuracy.json is the report.
      seed: of all random numbers of the training.
      tags: of the targets.
    """
    native.genrule(
        name = name + "_training",
        srcs = [
            "@mnist//:train_images",
            "@mnist//:train_labels",
        ],
        outs = [
            name + "/mnist_cnn_model.keras",
            name + "/mnist_cnn.weights.h5",
            name + "/mnist_cnn_history.json",
        ],
        cmd = "$(execpath //train:trainer) --noprogress --seed={} --output_dir=$(RULEDIR)/{}".format(seed, name) +
              " --train_images=$(execpath @mnist//:train_images)" +
              " --train_labels=$(execpath @mnist//:train_labels)",
        message = "Training with seed {}".format(seed),
        tags = tags,
        tools = ["//train:trainer"],
    )
    native.genrule(
        name = name + "_conversion",
        srcs = [
            name + "/mnist_cnn.weights.h5",
            name + "/mnist_cnn_model.keras",
            "@mnist//:train_images",
        ],
        outs = [
            name + "/mnist_model.tflite",
            name + "/mnist_model_quantized.tflite",
            name + "/mnist_model_sizes.json",
        ],
        cmd = "$(execpath //convert:converter) --output_dir=$(RULEDIR)/{}".format(name) +
              " --weights=$(execpath {}/mnist_cnn.weights.h5)".format(name) +
              " --keras_model=$(execpath {}/mnist_cnn_model.keras)".format(name) +
              " --train_images=$(execpath @mnist//:train_images)",
        message = "Converting what seed {} gave".format(seed),
        tags = tags,
        tools = ["//convert:converter"],
    )
    native.genrule(
        name = name + "_evaluation",
        srcs = [
            name + "/mnist_cnn.weights.h5",
            name + "/mnist_model.tflite",
            name + "/mnist_model_quantized.tflite",
            "@mnist//:test_images",
            "@mnist//:test_labels",
        ],
        outs = [name + "_accuracy.json"],
        cmd = "$(execpath //convert:evaluate) --output=$@" +
              " --weights=$(execpath {}/mnist_cnn.weights.h5)".format(name) +
              " --float32_model=$(execpath {}/mnist_model.tflite)".format(name) +
              " --int8_model=$(execpath {}/mnist_model_quantized.tflite)".format(name) +
              " --images=$(execpath @mnist//:test_images)" +
              " --labels=$(execpath @mnist//:test_labels)",
        message = "Evaluating what seed {} gave".format(seed),
        tags = tags,
        tools = ["//convert:evaluate"],
    )
