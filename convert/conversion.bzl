# SPDX-License-Identifier: Apache-2.0
"""mnist_conversion and mnist_evaluation: from a trained network to models and their accuracy."""

load("//tools:quiet.bzl", "quiet")

def mnist_conversion(*, name, training, folder = "", **kwargs):
    """Converts a trained network.

    Args:
      name: of the target.
      training: label of what mnist_training made up to the file names, e.g. "//train:" or "seed_2/".
      folder: where the outputs go, in the package: "" or a name and a slash. They are
        mnist_model.tflite (float32), mnist_model_quantized.tflite (int8) and mnist_model_sizes.json.
      **kwargs: passed on to the genrule.
    """
    converter = Label("//convert:converter")
    images = Label("@mnist//:train_images")
    weights = training + "mnist_cnn.weights.h5"
    keras_model = training + "mnist_cnn_model.keras"
    native.genrule(
        name = name,
        srcs = [weights, keras_model, images],
        outs = [
            folder + "mnist_model.tflite",
            folder + "mnist_model_quantized.tflite",
            folder + "mnist_model_sizes.json",
        ],
        cmd = quiet("$(execpath {}) --output_dir=$(RULEDIR)/{}".format(converter, folder) +
                    " --weights=$(execpath {})".format(weights) +
                    " --keras_model=$(execpath {})".format(keras_model) +
                    " --train_images=$(execpath {})".format(images)),
        message = "Converting to float32 and int8 TensorFlow Lite",
        tools = [converter],
        **kwargs
    )

def mnist_evaluation(*, name, training, conversion, out, **kwargs):
    """Counts how many of the 10,000 test images each model classifies right.

    Args:
      name: of the target.
      training: label of what mnist_training made up to the file names, e.g. "//train:" or "seed_2/".
      conversion: the same of what mnist_conversion made; "" in the same package and without a folder.
      out: the report: images, correct ones and accuracy of the Keras model and of both others.
      **kwargs: passed on to the genrule.
    """
    evaluate = Label("//convert:evaluate")
    images = Label("@mnist//:test_images")
    labels = Label("@mnist//:test_labels")
    weights = training + "mnist_cnn.weights.h5"
    float32_model = conversion + "mnist_model.tflite"
    int8_model = conversion + "mnist_model_quantized.tflite"
    native.genrule(
        name = name,
        srcs = [weights, float32_model, int8_model, images, labels],
        outs = [out],
        cmd = quiet("$(execpath {}) --output=$@".format(evaluate) +
                    " --weights=$(execpath {})".format(weights) +
                    " --float32_model=$(execpath {})".format(float32_model) +
                    " --int8_model=$(execpath {})".format(int8_model) +
                    " --images=$(execpath {})".format(images) +
                    " --labels=$(execpath {})".format(labels)),
        message = "Evaluating on the 10,000 test images",
        tools = [evaluate],
        **kwargs
    )
