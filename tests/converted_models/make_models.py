# SPDX-License-Identifier: Apache-2.0
r"""Makes small models with TensorFlow's converter, for the tests of the rules: one file each.

  ./bazelw run //tests/converted_models:make_models -- --output_dir=/path/to/folder

Their weights are random, always the same ones: what is tested is how they are built and run, not
what they know. Exit code 2 and one line on stderr for bad flags, or outputs that can't be written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf

from tools import command

_OUTPUT_DIR = command.output_folder("output_dir", None, "Folder for the models.", required=True)

_CALIBRATION_SAMPLES = 64

layers = tf.keras.layers


def _give_weights(model: tf.keras.Model, seed: int) -> tf.keras.Model:
    """Gives a model weights as training does: activations keep their size from layer to layer."""
    random = np.random.default_rng(seed)
    weights = []
    for variable in model.weights:
        shape = tuple(variable.shape)
        if len(shape) == 1:
            value = random.normal(0.05, 0.1, shape)
        else:
            # Of a depthwise kernel each output sees one input channel.
            depthwise = "depthwise" in variable.name
            fan_in = np.prod(shape[:2] if depthwise else shape[:-1])
            # Channels of their own sizes: per-channel quantization is worth having.
            spread = random.uniform(0.5, 2.0, shape[-1])
            value = random.normal(0, np.sqrt(2 / fan_in), shape) * spread
        weights.append(value.astype(np.float32))
    model.set_weights(weights)
    return model


def depthwise_separable() -> tf.keras.Model:
    """An image classifier of depthwise and pointwise convolutions, as MobileNet's."""
    image = layers.Input((20, 16, 3), name="image")
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation=tf.nn.relu6)(x)
    x = layers.Conv2D(12, 1, activation=tf.nn.relu6)(x)
    x = layers.AveragePooling2D(3, strides=2, padding="same")(x)
    x = layers.DepthwiseConv2D((3, 2), strides=1, padding="valid", activation="relu")(x)
    x = layers.Conv2D(16, 1, activation="relu")(x)
    x = layers.AveragePooling2D((3, 3))(x)
    x = layers.Flatten()(x)
    return tf.keras.Model(image, layers.Softmax()(layers.Dense(5)(x)))


def global_mean() -> tf.keras.Model:
    """Global average pooling, which the converter makes the operator MEAN."""
    image = layers.Input((9, 7, 2), name="image")
    x = layers.DepthwiseConv2D(3, depth_multiplier=3, activation="relu")(image)
    x = layers.GlobalAveragePooling2D()(x)
    return tf.keras.Model(image, layers.Softmax()(layers.Dense(4)(x)))


def branches() -> tf.keras.Model:
    """Two branches of different ranges side by side."""
    image = layers.Input((10, 10, 2), name="image")
    wide = layers.Conv2D(4, 3, padding="same", activation="relu")(image)
    narrow = layers.Conv2D(3, 5, padding="same")(image)
    narrow = layers.MaxPooling2D(3, strides=1, padding="same")(narrow * 0.25)
    x = layers.Concatenate()([wide, narrow])
    x = layers.Conv2D(6, 3, strides=2, activation="relu")(x)
    x = layers.Flatten()(layers.Conv2D(6, 4)(x))
    return tf.keras.Model(image, layers.Softmax()(x))


def requantized() -> tf.keras.Model:
    """A sigmoid, whose quantization is fixed, beside a convolution: one must be quantized again."""
    image = layers.Input((8, 6, 3), name="image")
    values = layers.Conv2D(5, 3, padding="same")(image)
    gates = layers.Conv2D(4, 1, activation="sigmoid")(image)
    x = layers.Concatenate()([values, gates])
    return tf.keras.Model(image, layers.Conv2D(3, 3, strides=2)(x))


def residual() -> tf.keras.Model:
    """A block of ResNet: a skip connection past two convolutions, with stride 2."""
    image = layers.Input((12, 12, 4), name="image")
    x = layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(image)
    x = layers.Conv2D(8, 3, padding="same")(x)
    skip = layers.Conv2D(8, 1, strides=2)(image)
    x = layers.ReLU()(layers.Add()([x, skip]))
    y = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(8, 3, padding="same")(y)
    x = layers.ReLU()(layers.Add()([x, y]))
    x = layers.Flatten()(layers.Conv2D(4, 1)(layers.AveragePooling2D(6)(x)))
    return tf.keras.Model(image, layers.Softmax()(x))


def mixed() -> tf.keras.Model:
    """All of these kinds in one network."""
    image = layers.Input((14, 10, 3), name="image")
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", activation="relu")(image)
    a = layers.Conv2D(6, 1, activation=tf.nn.relu6)(x)
    b = layers.AveragePooling2D(3, strides=1, padding="same")(a)
    x = layers.Add()([a, b])
    x = layers.ReLU()(x)
    x = layers.Concatenate()([x, b, a])
    x = layers.DepthwiseConv2D(3, strides=2, padding="valid")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return tf.keras.Model(image, layers.Softmax()(layers.Dense(7)(x)))


def ports() -> tf.keras.Model:
    """Three inputs and three outputs, each of its own shape and range."""
    image = layers.Input((8, 8, 2), name="image")
    vector = layers.Input((7,), name="vector")
    bias = layers.Input((4, 4, 3), name="bias")
    x = layers.Conv2D(3, 3, strides=2, padding="same", activation="relu")(image)
    area = layers.Add()([x, bias])
    y = layers.Concatenate()([layers.Flatten()(layers.AveragePooling2D(2)(area)), vector])
    hidden = layers.Dense(9, activation="relu")(y)
    scores = layers.Softmax()(layers.Dense(5)(hidden))
    return tf.keras.Model([image, vector, bias], [scores, area, layers.Dense(2)(hidden)])


def dense() -> tf.keras.Model:
    """Weights enough that the converter quantizes them when it is left the choice."""
    image = layers.Input((8, 8, 4), name="image")
    x = layers.Conv2D(16, 3, strides=2, activation="relu")(image)
    return tf.keras.Model(image, layers.Dense(8)(layers.Flatten()(layers.Conv2D(16, 3)(x))))


class Branching(tf.Module):
    """A condition that the model's input decides: the converter makes a subgraph of each branch."""

    @tf.function(input_signature=[tf.TensorSpec((1, 6), tf.float32, name="values")])
    def __call__(self, values: tf.Tensor) -> tf.Tensor:
        """Of one sample."""
        weights = tf.constant(np.random.default_rng(1).normal(0, 1, (6, 3)), tf.float32)
        return tf.cond(
            tf.reduce_mean(values) > 0.0,
            lambda: tf.nn.relu(values @ weights),
            lambda: values[:, 1:4] - 1.0,
        )


class Looping(tf.Module):
    """A loop that the model's input ends: a subgraph for its condition, and one for its body."""

    @tf.function(input_signature=[tf.TensorSpec((1, 4), tf.float32, name="values")])
    def __call__(self, values: tf.Tensor) -> tf.Tensor:
        """Of one sample."""
        (values,) = tf.while_loop(
            lambda x: tf.reduce_mean(x) < 10.0, lambda x: (x * 1.5 + 1.0,), [values]
        )
        return values


def _samples(model: tf.keras.Model) -> Iterator[dict[str, np.ndarray]]:
    """Makes what the converter calibrates with: each input with a range of its own."""
    random = np.random.default_rng(1)
    for _ in range(_CALIBRATION_SAMPLES):
        # By name: the file has the inputs in an order of its own.
        yield {
            tensor.name: (random.normal(0, 1, (1, *tensor.shape[1:])) * (i + 1)).astype(np.float32)
            for i, tensor in enumerate(model.inputs)
        }


def _quantized(model: tf.keras.Model, ops: tf.lite.OpsSet, dtype: tf.DType) -> bytes:
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: _samples(model)
    converter.target_spec.supported_ops = [ops]
    converter.inference_input_type = dtype
    converter.inference_output_type = dtype
    return converter.convert()


def to_int8(model: tf.keras.Model) -> bytes:
    """Converts with int8 weights and activations.

    Args:
      model: a Keras model.

    Returns:
      The `.tflite` file's contents.
    """
    return _quantized(model, tf.lite.OpsSet.TFLITE_BUILTINS_INT8, tf.int8)


def to_int16x8(model: tf.keras.Model) -> bytes:
    """Converts with int8 weights and int16 activations.

    Args:
      model: a Keras model.

    Returns:
      The `.tflite` file's contents.
    """
    ops = tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8
    return _quantized(model, ops, tf.int16)


def to_hybrid(model: tf.keras.Model) -> bytes:
    """Converts with int8 weights and float32 activations (dynamic range quantization).

    Args:
      model: a Keras model.

    Returns:
      The `.tflite` file's contents.
    """
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return converter.convert()


def to_float32(model: tf.keras.Model | tf.Module) -> bytes:
    """Converts without quantization.

    Args:
      model: a Keras model, or a module that can be called.

    Returns:
      The `.tflite` file's contents.
    """
    if isinstance(model, tf.keras.Model):
        return tf.lite.TFLiteConverter.from_keras_model(model).convert()
    function = model.__call__.get_concrete_function()
    return tf.lite.TFLiteConverter.from_concrete_functions([function], model).convert()


_MODELS: Mapping[str, tuple[Callable[[], tf.keras.Model], Callable[[tf.keras.Model], bytes]]] = {
    "depthwise_separable": (depthwise_separable, to_int8),
    "global_mean": (global_mean, to_int8),
    "branches": (branches, to_int8),
    "requantized": (requantized, to_int8),
    "residual": (residual, to_int8),
    "mixed": (mixed, to_float32),
    "ports": (ports, to_int8),
    "hybrid": (dense, to_hybrid),
    "int16x8": (ports, to_int16x8),
}
_MODULES: Mapping[str, Callable[[], tf.Module]] = {"branching": Branching, "looping": Looping}


def make_models() -> dict[str, bytes]:
    """Makes all models.

    Returns:
      The `.tflite` files' contents by name.
    """
    tf.config.experimental.enable_op_determinism()
    files = {}
    for seed, (name, (build, convert)) in enumerate(_MODELS.items(), 1):
        # Layers are numbered, and tensors are named after them.
        tf.keras.backend.clear_session()
        files[name] = convert(_give_weights(build(), seed))
    for name, module in _MODULES.items():
        files[name] = to_float32(module())
    return files


def main() -> None:
    tf.keras.utils.set_random_seed(1)
    folder = _OUTPUT_DIR.value
    command.write_files(
        {folder / f"{name}.tflite": content for name, content in make_models().items()}
    )


if __name__ == "__main__":
    command.run(main)
