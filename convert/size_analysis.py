# SPDX-License-Identifier: Apache-2.0
"""How much smaller the `.tflite` files are than the `.keras` file."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class SizeAnalysis:
    """Sizes of one converted model.

    Attributes:
      name: what it is called in the printed analysis, e.g. "tflite-int8".
      tflite_bytes: size of the `.tflite` file.
      keras_bytes: size of the `.keras` file it stems from.
    """

    name: str
    tflite_bytes: int
    keras_bytes: int

    @property
    def compression_ratio(self) -> float:
        """Size of the `.keras` file in units of the `.tflite` file."""
        return self.keras_bytes / self.tflite_bytes

    def to_text(self) -> str:
        """The analysis as it is printed: kilobytes of 1,024 bytes, two decimals.

        Returns:
          Four lines.
        """
        return (
            "[Size Analysis]\n"
            f"- {self.name} (.tflite): {self.tflite_bytes / 1024:.2f} KB\n"
            f"- Keras (.keras): {self.keras_bytes / 1024:.2f} KB\n"
            f"- Compression ratio (keras/{self.name}): {self.compression_ratio:.2f}x\n"
        )

    def to_json(self) -> dict[str, int | float]:
        """The analysis as a JSON file contains it.

        Returns:
          Bytes, and the ratio rounded to two decimals.
        """
        return {
            "tflite_bytes": self.tflite_bytes,
            "keras_bytes": self.keras_bytes,
            "compression_ratio": round(self.compression_ratio, 2),
        }
