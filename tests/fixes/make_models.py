# SPDX-License-Identifier: Apache-2.0
r"""Makes models that TFLM refuses, and each again as the message of the refusal says.

  ./bazelw run //tests/fixes:make_models -- --output_dir=/path/to/folder

NAME_before.tflite is refused, NAME_after.tflite is accepted; if two fixes are named, the second
one is NAME_after2.tflite. Files that are not .tflite files at all are made as well. Exit code 2 and
one line on stderr for bad flags, or outputs that can't be written.
"""

from __future__ import annotations

import io
import json
import os
import pathlib
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from absl import flags
from tensorflow.lite.python import schema_py_generated as schema

from tools import command

_OUTPUT_DIR = flags.DEFINE_string("output_dir", None, "Folder for the models.", required=True)

_CALIBRATION_SAMPLES = 16

layers = tf.keras.layers


def _model(
    *stack: tf.keras.layers.Layer, shape: tuple[int, ...] = (8, 8, 1), batch: int | None = 1
) -> tf.keras.Model:
    """Builds a model of layers, one after the other, with weights that are always the same."""
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(1)
    data = layers.Input(shape, batch_size=batch, name="data")
    x = data
    for layer in stack:
        x = layer(x)
    model = tf.keras.Model(data, x)
    random = np.random.default_rng(1)
    # Biases that are zero would be left out.
    model.set_weights([random.normal(0, 0.3, w.shape).astype(np.float32) for w in model.weights])
    return model


def _padded_model(batch: int | None = 1) -> tf.keras.Model:
    """Rows of zeros, as the first state of a loop: how many is asked while the model runs."""

    def pad(x: tf.Tensor) -> tf.Tensor:
        return tf.concat([x, tf.zeros((tf.shape(x)[0], 2))], 1)

    return _model(layers.Dense(4), layers.Lambda(pad), layers.Dense(3), shape=(6,), batch=batch)


def _joined_model(batch: int | None = 1) -> tf.keras.Model:
    """A batch and its negative: an open size that no operator computes, and the file calls 1."""
    join = layers.Lambda(lambda x: tf.concat([x, -x], 0))
    return _model(layers.Dense(4), join, layers.Dense(3), shape=(6,), batch=batch)


def _image_model(batch: int | None = 1) -> tf.keras.Model:
    return _model(
        layers.Conv2D(4, 3, activation="relu"),
        layers.Flatten(),
        layers.Dense(40, activation="relu"),
        layers.Dense(5),
        batch=batch,
    )


def _transposed_model() -> tf.keras.Model:
    """TFLite has no hybrid kernel for its operator: the converter dequantizes its weights."""
    return _model(layers.Conv2DTranspose(16, 3), layers.ReLU(), shape=(4, 4, 16))


def _pooled_model(*pool: tf.keras.layers.Layer) -> tf.keras.Model:
    return _model(layers.Conv2D(4, 3), *pool, layers.Dense(3))


def _pooled_sequence_model(*pool: tf.keras.layers.Layer) -> tf.keras.Model:
    return _model(layers.Conv1D(4, 3), *pool, layers.Dense(3), shape=(8, 2))


def _sequence_model(dense: tf.keras.layers.Layer) -> tf.keras.Model:
    return _model(dense, layers.ReLU(), layers.Flatten(), layers.Dense(2), shape=(6, 4))


def _sparse_model() -> tf.keras.Model:
    """A dense layer of which 31 in 32 blocks of weights are zero, as pruning leaves them."""
    model = _model(layers.Dense(64), shape=(128,))
    kernel, bias = model.get_weights()
    keep = np.kron(np.random.default_rng(1).random((8, 64)) < 0.05, np.ones((16, 1)))
    model.set_weights([(kernel * keep).astype(np.float32), bias])
    return model


def _converter(model: tf.keras.Model) -> tf.lite.TFLiteConverter:
    return tf.lite.TFLiteConverter.from_keras_model(model)


def _calibrate(converter: tf.lite.TFLiteConverter, shape: tuple[int, ...]) -> None:
    def samples() -> Iterator[list[np.ndarray]]:
        random = np.random.default_rng(1)
        for _ in range(_CALIBRATION_SAMPLES):
            yield [random.normal(0, 1, (1, *shape)).astype(np.float32)]

    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples


def _int8(
    converter: tf.lite.TFLiteConverter, shape: tuple[int, ...], ports: tf.DType = tf.int8
) -> bytes:
    _calibrate(converter, shape)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = ports
    return converter.convert()


def _keras_int8(model: tf.keras.Model) -> bytes:
    return _int8(_converter(model), model.inputs[0].shape[1:])


def _keras_float32(model: tf.keras.Model) -> bytes:
    return _converter(model).convert()


def _exported_int8(model: tf.keras.Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        return _int8(converter, model.inputs[0].shape[1:])


def _int16(model: tf.keras.Model) -> bytes:
    converter = _converter(model)
    _calibrate(converter, model.inputs[0].shape[1:])
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    ]
    converter.inference_input_type = converter.inference_output_type = tf.int16
    return converter.convert()


def _optimized(model: tf.keras.Model, *optimizations: tf.lite.Optimize) -> bytes:
    converter = _converter(model)
    converter.optimizations = list(optimizations)
    return converter.convert()


def _float16(model: tf.keras.Model) -> bytes:
    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def _selected(model: tf.keras.Model) -> bytes:
    converter = _converter(model)
    converter.target_spec.supported_ops = [
        tf.lite.OpsSet.TFLITE_BUILTINS,
        tf.lite.OpsSet.SELECT_TF_OPS,
    ]
    return _without_options(converter.convert())


def _outside(model: tf.keras.Model) -> bytes:
    converter = _converter(model)
    converter._experimental_use_buffer_offset = True
    return _in_order(converter.convert())


def _in_order(content: bytes) -> bytes:
    """Puts contents outside of the tables in their buffers' order, which the converter varies."""
    root = schema.Model.GetRootAs(content, 0)
    buffers = map(root.Buffers, range(root.BuffersLength()))
    outside = [buffer for buffer in buffers if buffer.Offset() > 1]
    written = bytearray(content[: min(buffer.Offset() for buffer in outside)])
    for buffer in outside:
        written += bytes(-len(written) % 16)
        table = buffer._tab
        # Field 1 of the table: its offset.
        struct.pack_into("<Q", written, table.Pos + table.Offset(6), len(written))
        written += content[buffer.Offset() : buffer.Offset() + buffer.Size()]
    return bytes(written)


def _without_options(content: bytes) -> bytes:
    """Clears the options of TensorFlow's own operators, whose order varies and which none reads."""
    root = schema.Model.GetRootAs(content, 0)
    written = bytearray(content)
    for graph in map(root.Subgraphs, range(root.SubgraphsLength())):
        for node in map(graph.Operators, range(graph.OperatorsLength())):
            if size := node.CustomOptionsLength():
                table = node._tab
                start = table.Vector(table.Offset(14))
                written[start : start + size] = bytes(size)
    return bytes(written)


def _without_dates(keras_file: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(keras_file)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "metadata.json":
                data = json.dumps(json.loads(data) | {"date_saved": ""}).encode()
            new.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def _function(function: Callable[[tf.Tensor], tf.Tensor], *shape: int, select: bool = False):
    """Converts a function of one float32 tensor."""
    concrete = tf.function(function).get_concrete_function(
        tf.TensorSpec(shape, tf.float32, name="data")
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    if select:
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.TFLITE_BUILTINS,
            tf.lite.OpsSet.SELECT_TF_OPS,
        ]
    return converter.convert()


def _inverse(matrix: tf.Tensor) -> tf.Tensor:
    """The inverse of one matrix of 2x2 with a positive determinant, without tf.linalg.inv."""
    a, b, c, d = tf.split(tf.reshape(matrix, (1, 4)), 4, axis=1)
    # Without a division too, which TFLM of 2020 lacks.
    root = tf.math.rsqrt(a * d - b * c)
    return tf.concat([d, -b, -c, a], axis=1) * root * root


_MODELS: Mapping[str, Callable[[], bytes]] = {
    "open_shape_before": lambda: _exported_int8(_padded_model(batch=None)),
    "open_shape_after": lambda: _keras_int8(_padded_model()),
    "open_join_before": lambda: _keras_float32(_joined_model(batch=None)),
    "open_join_after": lambda: _keras_float32(_joined_model()),
    "open_lstm_before": lambda: _selected(_model(layers.LSTM(4), shape=(6, 3), batch=None)),
    "open_lstm_after": lambda: _keras_float32(_model(layers.LSTM(4), shape=(6, 3))),
    "flex_before": lambda: _function(tf.linalg.inv, 1, 2, 2, select=True),
    "flex_after": lambda: _function(_inverse, 1, 2, 2),
    "hybrid_before": lambda: _optimized(_image_model(), tf.lite.Optimize.DEFAULT),
    "hybrid_after": lambda: _keras_int8(_image_model()),
    "hybrid_after2": lambda: _optimized(_image_model()),
    "float16_before": lambda: _float16(_image_model()),
    "float16_after": lambda: _optimized(_image_model()),
    "weights_alone_before": lambda: _optimized(_transposed_model(), tf.lite.Optimize.DEFAULT),
    "weights_alone_after": lambda: _keras_int8(_transposed_model()),
    "weights_alone_after2": lambda: _optimized(_transposed_model()),
    "uint8_ports_before": lambda: _int8(_converter(_image_model()), (8, 8, 1), tf.uint8),
    "uint8_ports_after": lambda: _int8(_converter(_image_model()), (8, 8, 1), tf.int8),
    "int16_before": lambda: _int16(_image_model()),
    "int16_after": lambda: _keras_int8(_image_model()),
    "mean_before": lambda: _keras_int8(_pooled_model(layers.GlobalAveragePooling2D())),
    "mean_after": lambda: _keras_int8(
        _pooled_model(layers.AveragePooling2D((6, 6)), layers.Flatten())
    ),
    "mean_of_sequences_before": lambda: _keras_int8(
        _pooled_sequence_model(layers.GlobalAveragePooling1D())
    ),
    "mean_of_sequences_after": lambda: _keras_int8(
        _pooled_sequence_model(layers.AveragePooling1D(6), layers.Flatten())
    ),
    "dense_of_sequences_before": lambda: _keras_int8(_sequence_model(layers.Dense(5))),
    "dense_of_sequences_after": lambda: _keras_int8(_sequence_model(layers.Conv1D(5, 1))),
    "sparse_before": lambda: _optimized(_sparse_model(), tf.lite.Optimize.EXPERIMENTAL_SPARSITY),
    "sparse_after": lambda: _optimized(_sparse_model()),
    "int64_index_before": lambda: _function(lambda x: tf.argmax(x, 1), 1, 6),
    "int64_index_after": lambda: _function(lambda x: tf.argmax(x, 1, tf.int32), 1, 6),
    "missing_before": lambda: _function(lambda x: tf.pow(x, 3.0), 1, 6),
    "missing_after": lambda: _function(lambda x: x * x * x, 1, 6),
    # Contents outside of the tables: nothing needs to be done about them.
    "outside_after": lambda: _outside(_image_model()),
    "keras_after": lambda: _optimized(_image_model()),
}


def make_models() -> dict[str, bytes]:
    """Makes all models.

    Returns:
      The files' contents by name.
    """
    tf.config.experimental.enable_op_determinism()
    files = {f"{name}.tflite": make() for name, make in _MODELS.items()}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("model.keras", "model.h5"):
            path = pathlib.Path(folder) / name
            _image_model().save(path)
            content = path.read_bytes()
            files[name] = _without_dates(content) if name.endswith(".keras") else content
            loaded = tf.keras.models.load_model(path)
            files[f"{path.suffix[1:]}_after.tflite"] = _keras_float32(loaded)
        exported = f"{folder}/exported"
        _image_model().export(exported)
        # Its start, which is the same each time.
        files["saved_model.pb"] = pathlib.Path(exported, "saved_model.pb").read_bytes()[:64]
        converter = tf.lite.TFLiteConverter.from_saved_model(exported)
        files["saved_model_after.tflite"] = converter.convert()
    return files


def main() -> None:
    folder = command.user_path(_OUTPUT_DIR.value)
    command.write_files({folder / name: content for name, content in make_models().items()})


if __name__ == "__main__":
    command.run(main)
