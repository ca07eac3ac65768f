"""Trains a tiny classifier with Keras and converts it to int8: rings.tflite and test data in app/.

It distinguishes points of three rings around the origin, by their coordinates. Any model of your
own is converted the same way.

  python3 -m pip install tensorflow
  python3 make_model.py
"""

import pathlib

import numpy as np
import tensorflow as tf


def points(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draws points and the ring that each lies in."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    radius = (labels + random.uniform(0.1, 0.9, count)) / 3
    angle = random.uniform(0, 2 * np.pi, count)
    values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return values.astype(np.float32), labels.astype(np.uint8)


def main() -> None:
    tf.keras.utils.set_random_seed(1)
    train, train_labels = points(6_000, seed=1)
    test, test_labels = points(500, seed=2)
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Input((2,)),
            tf.keras.layers.Dense(24, activation="relu"),
            tf.keras.layers.Dense(24, activation="relu"),
            tf.keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(train, train_labels, batch_size=64, epochs=40, verbose=2)
    print(model.evaluate(test, test_labels, verbose=0))

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([row[None]] for row in train[:500])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    pathlib.Path("rings.tflite").write_bytes(converter.convert())
    pathlib.Path("app").mkdir(exist_ok=True)
    np.save("app/test_points.npy", test)
    np.save("app/test_labels.npy", test_labels)


if __name__ == "__main__":
    main()
