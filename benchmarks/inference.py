# SPDX-License-Identifier: Apache-2.0
r"""Times models as compiled C, in TFLM and in LiteRT, in interleaved rounds on one thread.

  ./bazelw run //benchmarks:inference -- --json=times.json
  ./bazelw run //benchmarks:inference -- --more=keyword.tflite

Each takes the quantized input to the output. The MNIST model gets an image, and runs in our C++
inference by TFLM, too, which also quantizes the pixels; others get random numbers. The C runs as
portable C, and with what AVX2 and AVX-512 VNNI add to it where the CPU has them.

LiteRT and TFLM's wheel are called from Python. What the call itself takes is measured by a model
without operators, in each round, and taken off LiteRT's times: "litert" is without it. Ratios are
those to "litert".

Exit code 2 and one line on stderr for bad flags, bad input, or an output that can't be written.
"""

from __future__ import annotations

import pathlib
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from absl import flags

from benchmarks import compiled_runner, rounds
from benchmarks.compiled_runner import CompiledModel
from reference import litert
from reference.tflm_wheel import TflmWheel
from tests.parity import wheel_images
from tflite.model import ModelError
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, TensorSpec, build_graphs
from tools import command
from train import dataset

_RUNNER = command.input_file("tflm_runner", None, "Our C++ program.", required=True)
_MODEL = command.input_file("model", None, "The int8 .tflite file.", required=True)
_IMAGES = command.input_file("images", None, "idx file of images.", required=True)
_LABELS = command.input_file("labels", None, "idx file of their labels.", required=True)
_MORE = flags.DEFINE_multi_string("more", [], "Other .tflite files, of one input and output, int8.")
_ROUNDS = flags.DEFINE_integer("rounds", 30, "How many batches of each.", 1, 10_000)
_BATCH_MS = flags.DEFINE_integer("batch_ms", 20, "About how long a batch takes.", 1, 10_000)
_JSON = command.output_file("json", None, "JSON file for the figures (default: none).")

_CALL = "python_call"


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


def without_operators() -> bytes:
    """Makes the file of a model that only gives back its input."""
    one = TensorSpec((1,), "int8", scales=(1.0,), zero_points=(0,))
    return build_graphs(GraphSpec([one], [], [0], [0]))


def candidates(
    content: bytes, path: str, values: np.ndarray, folder: pathlib.Path
) -> tuple[dict[str, rounds.Batch], np.ndarray]:
    """Makes what is timed of a model: the C that this CPU can run, the wheel, and LiteRT.

    Args:
      content: of the `.tflite` file.
      path: its name, for messages.
      values: its input, int8.
      folder: where files may be written.

    Returns:
      Batches by name; and the output, int8, that all but LiteRT have in common.

    Raises:
      command.CommandError: the C gives another output than the wheel.
    """
    wheel = TflmWheel(content)
    expected = wheel.run([values])[0].ravel()
    lite = litert.LiteRt(content, reference_kernels=False)
    lite.run([values])
    found: dict[str, rounds.Batch] = {
        "litert_called": timed(lite.invoke),
        _CALL: timed(litert.LiteRt(without_operators()).invoke),
        "tflm_wheel": timed(wheel.invoke),
    }
    model = parse_model(content, path)
    for name in compiled_runner.VARIANTS:
        compiled = CompiledModel(model, name, folder / name)
        if not compiled.is_used:
            print(f"{name}: left out, this CPU has no such instructions")
            continue
        if not np.array_equal(compiled.run(values), expected):
            raise command.CommandError(f"{path}: {name} gives another output than TFLM's wheel")
        found[f"compiled_{name}"] = compiled.seconds
    return found, expected


def without_calls(times: Mapping[str, list[float]]) -> dict[str, list[float]]:
    """Takes the time of a call from Python off LiteRT's, round by round.

    Args:
      times: microseconds by name.

    Returns:
      The same, with what is left of LiteRT's as the first one.
    """
    left = [a - b for a, b in zip(times["litert_called"], times[_CALL], strict=True)]
    return {"litert": left, **times}


def geometric_mean(
    results: Mapping[str, list[dict[str, float | str]]], name: str, ratio: str = "ratio"
) -> float:
    """Averages the ratios of a candidate over models.

    Args:
      results: of `rounds.summarize`, by model.
      name: of the candidate.
      ratio: which one, as `rounds.summarize` names it.

    Returns:
      The mean; not a number if it was not timed with one.
    """
    ratios = [
        next((float(one[ratio]) for one in found if one["name"] == name), float("nan"))
        for found in results.values()
    ]
    return float(np.exp(np.mean(np.log(ratios)))) if ratios else float("nan")


def _mnist(
    content: bytes, path: str, folder: pathlib.Path
) -> tuple[dict[str, rounds.Batch], TflmRunner]:
    """Makes what is timed of the MNIST model."""
    digits = dataset.read_dataset(_IMAGES.value, _LABELS.value)
    pixels = np.asarray(digits.images[0], dtype=np.uint8).reshape(28, 28)
    ours = TflmRunner(_RUNNER.value.absolute(), pixels)
    image = wheel_images.ImageWheel(content).quantize(pixels)
    found, scores = candidates(content, path, image, folder)
    if scores.tolist() != ours.scores:
        raise command.CommandError("TFLM's wheel gives other scores than ours: nothing to compare")
    (lite,) = litert.LiteRt(content, reference_kernels=False).run([image])
    if int(lite.argmax()) != int(scores.argmax()):
        raise command.CommandError("LiteRT predicts another class than ours: nothing to compare")
    return {**found, "tflm": ours.run}, ours


def _measured(batches: Mapping[str, rounds.Batch]) -> list[dict[str, float | str]]:
    times = rounds.time_rounds(batches, rounds=_ROUNDS.value, batch_seconds=_BATCH_MS.value / 1000)
    return rounds.summarize(without_calls(times))


def _figures(
    about: Sequence[str], results: Mapping[str, list[dict[str, float | str]]]
) -> dict[str, object]:
    """Makes what //benchmarks:update_goals reads: of each model and engine the least time."""
    names = ["mnist", *list(results)[1:]]
    cpu, c_compiler = (line.partition(": ")[2] for line in about)
    rows = [
        {"model": name, "engine": one["name"], "microseconds": one["min_us"]}
        for name, found in zip(names, results.values(), strict=True)
        for one in found
    ]
    return {"cpu": cpu, "compiler": c_compiler, "rows": rows, "results": results}


def main() -> None:
    paths = [_MODEL.value, *map(pathlib.Path, _MORE.value)]
    try:
        contents = {path.stem: path.read_bytes() for path in paths}
    except OSError as error:
        raise command.CommandError(f"{error.filename}: {error.strerror}") from error
    about = compiled_runner.machine()
    print("\n".join(about))
    results = {}
    for i, (name, content) in enumerate(contents.items()):
        with tempfile.TemporaryDirectory() as temporary:
            folder = pathlib.Path(temporary)
            if i == 0:
                batches, ours = _mnist(content, name, folder)
                results[name] = _measured(batches)
                ours.close()
            else:
                details = litert.LiteRt(content).input_details()
                if len(details) != 1 or details[0]["dtype"] != np.int8:
                    raise command.CommandError(f"{paths[i]}: needs one input of int8")
                random = np.random.default_rng(0)
                values = random.integers(-128, 128, details[0]["shape"]).astype(np.int8)
                results[name] = _measured(candidates(content, name, values, folder)[0])
        print(f"\n{name}\n{rounds.table(results[name])}", flush=True)
    others = dict(list(results.items())[1:])
    if others:
        print(f"\ngeometric mean of {len(others)} ratios to LiteRT, all but {paths[0].stem}")
        for one in results[paths[0].stem]:
            means = [geometric_mean(others, str(one["name"]), r) for r in ("ratio", "min_ratio")]
            if not np.isnan(means).any():
                print(f"{one['name']:14} {means[0]:7.3f}, of minima {means[1]:7.3f}")
    if _JSON.value:
        command.write_files({_JSON.value: command.json_text(_figures(about, results))})


if __name__ == "__main__":
    command.run(main, dataset.DatasetError, ModelError)
