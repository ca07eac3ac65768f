# SPDX-License-Identifier: Apache-2.0
r"""Times our C++ inference, TFLM's official wheel and LiteRT on one image, in interleaved rounds.

  ./bazelw run //benchmarks:inference -- --json=times.json

Each takes the quantized image to the scores. Ours also quantizes the pixels; the two others are
called from Python, which is in their times: some microseconds. LiteRT runs on one thread.

Exit code 2 and one line on stderr for bad flags, bad input, or an output that can't be written.
"""

from __future__ import annotations

import pathlib
import subprocess
import time
from collections.abc import Callable

import numpy as np
from absl import flags

from benchmarks import rounds
from reference import litert
from tests.parity import wheel_images
from tools import command
from train import dataset

_RUNNER = command.input_file("tflm_runner", None, "Our C++ program.", required=True)
_MODEL = command.input_file("model", None, "The int8 .tflite file.", required=True)
_IMAGES = command.input_file("images", None, "idx file of images.", required=True)
_LABELS = command.input_file("labels", None, "idx file of their labels.", required=True)
_ROUNDS = flags.DEFINE_integer("rounds", 30, "How many batches of each.", 1, 10_000)
_BATCH_MS = flags.DEFINE_integer("batch_ms", 50, "About how long a batch takes.", 1, 10_000)
_JSON = command.output_file("json", None, "JSON file for the figures (default: none).")


class TflmRunner:
    """Our C++ inference, in a process that times itself."""

    def __init__(self, program: pathlib.Path, pixels: np.ndarray):
        self._process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self.scores = [int(score) for score in self._ask(f"image {pixels.tobytes().hex()}")]

    def _ask(self, request: str) -> list[str]:
        try:
            self._stdin.write(request + "\n")
            self._stdin.flush()
        except BrokenPipeError:
            pass
        answer = self._stdout.readline().split()
        if not answer:
            raise command.CommandError(f"tflm_runner ended, exit code {self._process.wait()}")
        return answer[1:]

    def run(self, count: int) -> float:
        """Runs a batch.

        Args:
          count: of how many inferences.

        Returns:
          Seconds.
        """
        return int(self._ask(f"run {count}")[0]) * 1e-9

    def close(self) -> None:
        """Ends the process."""
        self._stdin.close()
        self._process.wait()


def timed(infer: Callable[[], object]) -> rounds.Batch:
    """Makes a batch of a function.

    Args:
      infer: one inference.

    Returns:
      What runs so many of them, and returns the seconds.
    """

    def run(count: int) -> float:
        start = time.perf_counter()
        for _ in range(count):
            infer()
        return time.perf_counter() - start

    return run


def litert_inference(model: bytes, image: np.ndarray) -> Callable[[], np.ndarray]:
    """Makes an inference by LiteRT with XNNPACK, on one thread.

    Args:
      model: a `.tflite` file's bytes.
      image: int8, as the model takes it.

    Returns:
      What runs it and returns the scores.
    """
    interpreter = litert.LiteRt(model, reference_kernels=False)
    return lambda: interpreter.run([image])[0]


def main() -> None:
    digits = dataset.read_dataset(_IMAGES.value, _LABELS.value)
    pixels = np.asarray(digits.images[0], dtype=np.uint8).reshape(28, 28)
    try:
        model = _MODEL.value.read_bytes()
        ours = TflmRunner(_RUNNER.value.absolute(), pixels)
    except OSError as error:
        raise command.CommandError(f"{error.filename}: {error.strerror}") from error
    interpreter = wheel_images.ImageWheel(model)
    image = interpreter.quantize(pixels)

    def wheel() -> np.ndarray:
        return interpreter.scores(image)

    lite = litert_inference(model, image)
    if wheel().flatten().tolist() != ours.scores:
        raise command.CommandError("TFLM's wheel gives other scores than ours: nothing to compare")
    if int(lite().argmax()) != int(np.argmax(ours.scores)):
        raise command.CommandError("LiteRT predicts another class than ours: nothing to compare")
    times = rounds.time_rounds(
        {"tflm": ours.run, "tflm_wheel": timed(wheel), "litert": timed(lite)},
        rounds=_ROUNDS.value,
        batch_seconds=_BATCH_MS.value / 1000,
    )
    ours.close()
    results = rounds.summarize(times)
    if _JSON.value:
        command.write_files({_JSON.value: command.json_text({"results": results})})
    print(rounds.table(results))


if __name__ == "__main__":
    command.run(main, dataset.DatasetError)
