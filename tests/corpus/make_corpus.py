# SPDX-License-Identifier: Apache-2.0
r"""Makes a corpus of small models with TensorFlow's converter: one archive, always the same bytes.

  ./bazelw run //tests/corpus:make_corpus -- --output=/path/to/corpus.zip

The models and their `manifest.json` are in one archive. Exit code 2 and one line on stderr for bad
flags, an output that can't be written, or too few models.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator, Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from absl import flags

from tests.corpus import cases
from tools import command

_OUTPUT = flags.DEFINE_string("output", None, "The archive.", required=True)
_ONLY = flags.DEFINE_string("only", "", "Makes only the models whose names begin with this.")

# Of those below, the converter refuses some: more than so few were made each time so far.
_LEAST = 300
_CALIBRATION_SAMPLES = 8

_INT8 = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
_INT16 = [tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]


def draw(tensor: cases.Input, random: np.random.Generator) -> np.ndarray:
    """Draws a value for an input.

    Args:
      tensor: which input.
      random: where the numbers come from.

    Returns:
      Numbers of its range and type, in its shape.
    """
    values: np.ndarray = random.uniform(tensor.low, tensor.high, tensor.shape)
    if tensor.dtype.is_integer:
        values = np.rint(values)
    if tensor.dtype.is_bool:
        values = values > 0
    return values.astype(tensor.dtype.as_numpy_dtype)


def _converter(case: cases.Case) -> tf.lite.TFLiteConverter:
    built = case.build()
    if isinstance(built, tf.keras.Model):
        return tf.lite.TFLiteConverter.from_keras_model(built)
    module = built if isinstance(built, tf.Module) else None
    signature = [
        tf.TensorSpec(tensor.shape, tensor.dtype, name=f"input{i}")
        for i, tensor in enumerate(case.inputs)
    ]

    # Further arguments with defaults would become inputs.
    def of_tensors(*tensors: tf.Tensor) -> object:
        return built(*tensors)

    function = tf.function(of_tensors, input_signature=signature, autograph=False)
    concrete = function.get_concrete_function()
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete], module)


def convert(case: cases.Case) -> bytes:
    """Converts a case.

    Args:
      case: what to convert.

    Returns:
      The `.tflite` file's contents.

    Raises:
      Exception: the converter refuses it, by exceptions of many types.
    """
    # Layers are numbered, and tensors are named after them.
    tf.keras.backend.clear_session()
    tf.random.set_seed(1)
    converter = _converter(case)

    def samples() -> Iterator[list[np.ndarray]]:
        random = np.random.default_rng(1)
        for _ in range(_CALIBRATION_SAMPLES):
            yield [draw(tensor, random) for tensor in case.inputs]

    if case.to in ("int8", "uint8", "int16", "int8_float_io"):
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = _INT16 if case.to == "int16" else _INT8
        if case.to != "int8_float_io":
            converter.inference_input_type = tf.as_dtype(case.to)
            converter.inference_output_type = tf.as_dtype(case.to)
    elif case.to == "hybrid":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    elif case.to == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    elif case.to == "external_buffers":
        converter._experimental_use_buffer_offset = True
    elif case.to == "flex":
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS,
            tf.lite.OpsSet.SELECT_TF_OPS,
        ]
    elif case.to == "per_tensor":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = samples
        converter.target_spec.supported_ops = _INT8
        converter.inference_input_type = converter.inference_output_type = tf.int8
        converter._experimental_disable_per_channel = True
    else:
        assert case.to == "float32", case.to
    return converter.convert()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Sends to nowhere what TensorFlow writes past Python: pages for each refused model."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(fd) for fd in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for fd in (1, 2):
            os.dup2(nowhere, fd)
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for fd, old in zip((1, 2), kept, strict=True):
            os.dup2(old, fd)
            os.close(old)
        os.close(nowhere)


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:200]


def make_corpus(chosen: Sequence[cases.Case]) -> tuple[dict[str, bytes], dict[str, str]]:
    """Converts cases.

    Args:
      chosen: the cases.

    Returns:
      The `.tflite` files' contents by name, and why the others have none by name.
    """
    models, refused = {}, {}
    with _quiet():
        for case in chosen:
            try:
                models[case.name] = convert(case)
            except Exception as error:
                refused[case.name] = _reason(error)
    return models, refused


def pack(files: dict[str, bytes]) -> bytes:
    """Packs files into an archive whose bytes depend on nothing else.

    Args:
      files: the contents by name.

    Returns:
      A zip archive.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sorted(files.items()):
            # Of 1980, the first year that the format knows.
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return packed.getvalue()


def main() -> None:
    tf.keras.utils.set_random_seed(1)
    tf.config.experimental.enable_op_determinism()
    chosen = [case for case in cases.all_cases() if case.name.startswith(_ONLY.value)]
    models, refused = make_corpus(chosen)
    if not _ONLY.value and len(models) < _LEAST:
        name, reason = next(iter(refused.items()))
        raise command.CommandError(
            f"only {len(models)} models of {len(chosen)} were converted, {_LEAST} are wanted:"
            f" {name}: {reason}"
        )
    manifest = {
        "models": {
            case.name: {
                "ranges": [[tensor.low, tensor.high] for tensor in case.inputs],
                "operators": case.family,
            }
            for case in chosen
            if case.name in models
        },
        "refused_by_converter": refused,
    }
    files = {f"{name}.tflite": content for name, content in models.items()}
    files["manifest.json"] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    command.write_files({command.user_path(_OUTPUT.value): pack(files)})


if __name__ == "__main__":
    command.run(main)
