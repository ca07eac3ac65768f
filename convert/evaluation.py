# SPDX-License-Identifier: Apache-2.0
"""Accuracy of Keras and TensorFlow Lite models on labelled images."""

from __future__ import annotations

import pathlib

import numpy as np
import tensorflow as tf

from convert import stderr
from convert.inputs import ConversionError
from tflite import quantization, reader
from train import dataset

BATCH = 1_000

_OpResolverType = tf.lite.experimental.OpResolverType
KERNELS = {
    # Those that TFLM's equal byte for byte.
    "reference": _OpResolverType.BUILTIN_REF,
    "optimized": _OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    # With the XNNPACK delegate: what a program gets that asks for nothing.
    "default": _OpResolverType.AUTO,
}
"""TensorFlow's sets of kernels, by the names that commands use."""


def open_interpreter(
    path: str | pathlib.Path, kernels: str = "reference", keep_all: bool = False
) -> tf.lite.Interpreter:
    """Opens a model with TensorFlow's interpreter.

    Args:
      path: a `.tflite` file from (1, 28, 28, 1) to (1, 10).
      kernels: one of KERNELS.
      keep_all: keep each operator's output, for `layer_outputs`.

    Returns:
      The interpreter, its tensors allocated.

    Raises:
      ModelError: the file is not a sound model.
      ConversionError: TensorFlow refuses it, or its shapes are others.
    """
    # The interpreter follows every offset unchecked, out of a truncated file into a crash.
    content = reader.read_model(path).content
    try:
        with stderr.dropped():
            interpreter = tf.lite.Interpreter(
                model_content=content,
                experimental_op_resolver_type=KERNELS[kernels],
                experimental_preserve_all_tensors=keep_all,
            )
            interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ConversionError(f"{path}: TensorFlow Lite refuses the model: {error}") from error
    shapes = [
        tuple(details["shape"][1:])
        for details in interpreter.get_input_details() + interpreter.get_output_details()
    ]
    if shapes != [(28, 28, 1), (10,)]:
        raise ConversionError(f"{path}: shapes {shapes}, expected (28, 28, 1) to (10,)")
    return interpreter


def tflite_scores(interpreter: tf.lite.Interpreter, images: np.ndarray) -> np.ndarray:
    """Runs a model on images.

    Args:
      interpreter: see `open_interpreter`; it is resized to the batches.
      images: uint8, shape (N, 28, 28).

    Returns:
      The raw output, int8 or float32, shape (N, 10).
    """
    batches = []
    (input_details,) = interpreter.get_input_details()
    for start in range(0, len(images), BATCH):
        batch = dataset.to_float(images[start : start + BATCH])
        interpreter.resize_tensor_input(input_details["index"], batch.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(
            input_details["index"],
            quantization.quantize(batch, input_details["dtype"], *input_details["quantization"]),
        )
        interpreter.invoke()
        batches.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
    return np.concatenate(batches)


def layer_outputs(interpreter: tf.lite.Interpreter) -> list[dict[str, object]]:
    """Reads what each operator output in the last run.

    Args:
      interpreter: opened with `keep_all`, and run.

    Returns:
      For each operator, in order of execution: `operator` (its name in the schema), `tensor` (the
      index of its output) and `values` (flat).
    """
    return [
        {
            "operator": details["op_name"],
            "tensor": int(details["outputs"][0]),
            "values": interpreter.get_tensor(int(details["outputs"][0])).ravel().tolist(),
        }
        for details in interpreter._get_ops_details()
        if details["op_name"] != "DELEGATE"
    ]


def keras_scores(model: tf.keras.Model, images: np.ndarray) -> np.ndarray:
    """Runs a Keras model on images.

    Args:
      model: from (N, 28, 28, 1) to (N, 10).
      images: uint8, shape (N, 28, 28).

    Returns:
      float32, shape (N, 10).
    """
    return model.predict(dataset.to_float(images), batch_size=BATCH, verbose=0)


def accuracy_report(scores: np.ndarray, labels: np.ndarray) -> dict[str, int | float]:
    """Counts how many images were classified right. Of equal scores, the first class wins.

    Args:
      scores: shape (N, 10), any dtype that can be compared.
      labels: uint8, shape (N,).

    Returns:
      `images`, `correct`, and `accuracy` in percent with two decimals.
    """
    correct = int(np.sum(np.argmax(scores, axis=1) == labels))
    return {
        "images": len(labels),
        "correct": correct,
        "accuracy": round(100.0 * correct / len(labels), 2),
    }


def evaluate_all(
    model: tf.keras.Model,
    float32_path: str | pathlib.Path,
    int8_path: str | pathlib.Path,
    test_set: dataset.Dataset,
) -> dict[str, dict[str, int | float]]:
    """Evaluates the Keras model and both converted models, and prints a line for each.

    Args:
      model: the Keras model.
      float32_path: the float32 `.tflite` file.
      int8_path: the int8 `.tflite` file.
      test_set: the images to evaluate on.

    Returns:
      Accuracy reports (see `accuracy_report`) by model: "keras", "tflite-float32", "tflite-int8".

    Raises:
      ModelError, ConversionError: a `.tflite` file is not as it should be.
    """
    interpreters = {
        "tflite-float32": open_interpreter(float32_path),
        "tflite-int8": open_interpreter(int8_path),
    }
    print("\n[Accuracy]", flush=True)
    reports = {}
    for name in ("keras", *interpreters):
        if name == "keras":
            scores = keras_scores(model, test_set.images)
        else:
            scores = tflite_scores(interpreters[name], test_set.images)
        reports[name] = accuracy_report(scores, test_set.labels)
        counts = "{correct:,} of {images:,}".format(**reports[name])
        print(f"- {name}: {reports[name]['accuracy']:.2f} % ({counts})", flush=True)
    return reports
