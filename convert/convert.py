# SPDX-License-Identifier: Apache-2.0
r"""Converts the weights to mnist_model.tflite (float32) and mnist_model_quantized.tflite (int8).

Prints the model's summary and the size analysis; with --test_images and --test_labels also the
accuracy of the Keras model and of both converted models. Writes the same figures as JSON.

  ./bazelw run //convert -- --output_dir=/path/to/folder

Exit code 2 and one line on stderr for bad flags, bad input, or outputs that can't be written.
"""

from __future__ import annotations

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import flags

from convert import inputs, size_analysis
from tools import command, environment
from train import dataset

_WEIGHTS = command.input_file(
    "weights", None, "The .weights.h5 file that training exported.", required=True
)
_KERAS_MODEL = command.input_file(
    "keras_model", None, "The .keras file, for the size analysis.", required=True
)
_TRAIN_IMAGES = command.input_file(
    "train_images", None, "idx file of training images, for calibration.", required=True
)
_TEST_IMAGES = command.input_file("test_images", None, "idx file of test images, to evaluate.")
_TEST_LABELS = command.input_file("test_labels", None, "idx file of their labels.")
_OUTPUT_DIR = command.output_folder("output_dir", None, "Folder for the outputs.", required=True)
flags.register_multi_flags_validator(
    ["test_images", "test_labels"],
    lambda values: (values["test_images"] is None) == (values["test_labels"] is None),
    message="--test_images and --test_labels go together",
)


def main() -> None:
    weights_path = command.user_path(_WEIGHTS.value)
    keras_path = command.user_path(_KERAS_MODEL.value)
    output_dir = command.user_path(_OUTPUT_DIR.value)
    try:
        keras_bytes = keras_path.stat().st_size
    except OSError as error:
        raise command.CommandError(f"{keras_path}: cannot be read: {error.strerror}") from error
    inputs.read_weights(weights_path)
    training_images = dataset.read_images(command.user_path(_TRAIN_IMAGES.value))
    test_set = None
    if _TEST_IMAGES.value:
        test_set = dataset.read_dataset(
            command.user_path(_TEST_IMAGES.value), command.user_path(_TEST_LABELS.value)
        )
    # Before seconds of work, see that there is a place for its result.
    with command.scratch_folder(output_dir):
        pass
    # Only now: they import TensorFlow, which takes seconds.
    import tensorflow as tf

    from convert import conversion, evaluation

    model = conversion.load_model(weights_path)
    model.summary()

    print("Converting float32 TFLite...", flush=True)
    float32 = conversion.to_float32(model)
    print("Converting INT8 (full integer) TFLite...", flush=True)
    int8 = conversion.to_int8(model, training_images)

    sizes = [
        size_analysis.SizeAnalysis("tflite-float32", len(float32), keras_bytes),
        size_analysis.SizeAnalysis("tflite-int8", len(int8), keras_bytes),
    ]
    outputs: dict[str | pathlib.Path, bytes | str] = {
        output_dir / "mnist_model.tflite": float32,
        output_dir / "mnist_model_quantized.tflite": int8,
        output_dir / "mnist_model_sizes.json": command.json_text(
            {
                "environment": environment.describe(tensorflow=tf.__version__),
                **{s.name: s.to_json() for s in sizes},
            }
        ),
    }
    command.write_files(outputs)
    for path in outputs:
        print(f"Saved: {pathlib.Path(path).name}")
    for size in sizes:
        print("\n" + size.to_text(), end="")

    if test_set:
        report = evaluation.evaluate_all(
            model,
            float32_path=output_dir / "mnist_model.tflite",
            int8_path=output_dir / "mnist_model_quantized.tflite",
            test_set=test_set,
        )
        command.write_files({output_dir / "mnist_model_accuracy.json": command.json_text(report)})


if __name__ == "__main__":
    command.run(main, inputs.ConversionError, dataset.DatasetError)
