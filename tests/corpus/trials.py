# SPDX-License-Identifier: Apache-2.0
"""Tries models with the official wheel and with the linked TFLM, each in a process of its own."""

from __future__ import annotations

import dataclasses
import faulthandler
import os
import pathlib
import pickle
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np

from reference import tflm_wheel
from reference.runtime import Runtime
from rules.private import parity
from tflite.model import Model, Tensor
from tools import ulp

_Result = TypeVar("_Result")

SECONDS = 20
"""How long a model may take."""

Range = tuple[float, float]
"""The smallest and the largest value that samples have."""


@dataclasses.dataclass(frozen=True)
class Trial:
    """What became of a model.

    Attributes:
      runs: whether it ran through all calls.
      reason: why it did not; empty if it did.
      outputs: of each call the outputs; their shapes are those of the runtime.
    """

    runs: bool
    reason: str = ""
    outputs: tuple[tuple[np.ndarray, ...], ...] = ()


NOT_TRIED = Trial(False, "not tried")
"""Of a model that can't be read."""


def _default_range(tensor: Tensor, integer: int) -> Range:
    """The range of inputs if none is given: floats from -1 to 1; wide integers are all one."""
    if tensor.dtype in ("int32", "int64", "uint32", "uint64"):
        return (integer, integer)
    return (-1, 1)


def make_samples(
    model: Model, count: int, ranges: Sequence[Range] | None = None, *, integer: int = 0
) -> list[list[np.ndarray]]:
    """Makes random samples, always the same ones.

    Args:
      model: the model.
      count: how many calls.
      ranges: of each input; None for what any model can be given.
      integer: without ranges, what inputs of 32 and 64 bit integers are.

    Returns:
      Of each call the inputs; quantized ones of the whole range of their type.

    Raises:
      ValueError: an input is of a type that numpy lacks.
    """
    random = np.random.default_rng(1)
    tensors = [model.main.tensors[i] for i in model.main.inputs]
    if ranges is None or len(ranges) != len(tensors):
        ranges = [_default_range(tensor, integer) for tensor in tensors]
    calls = []
    for _ in range(count):
        values = []
        for tensor, (low, high) in zip(tensors, ranges, strict=True):
            if tensor.dtype in ("string", "resource", "variant", "int4", "bfloat16"):
                raise ValueError(f"input {tensor.index} is of type {tensor.dtype}")
            dtype = np.dtype(tensor.dtype)
            value: np.ndarray
            if dtype.kind == "b":
                value = random.integers(0, 2, tensor.shape)
            elif dtype.kind in "iu" and (tensor.quantization is not None or dtype.itemsize == 1):
                limits = np.iinfo(dtype)
                value = random.integers(limits.min, limits.max, tensor.shape, endpoint=True)
            else:
                value = random.uniform(low, high, tensor.shape)
                if dtype.kind in "iu":
                    value = np.rint(value)
            values.append(np.asarray(value).astype(dtype))
        calls.append(values)
    return calls


def _in_child(call: Callable[[], _Result]) -> tuple[_Result | None, str]:
    """Runs a function in a child. Returns its result, or None and what became of the child."""
    read, write = os.pipe()
    log = os.memfd_create("log")
    pid = os.fork()
    if pid == 0:
        os.close(read)
        # Of pytest; it would write pages past the log.
        faulthandler.disable()
        os.dup2(log, 1)
        os.dup2(log, 2)
        answer: tuple[_Result | None, str]
        try:
            answer = (call(), "")
        except Exception as error:
            answer = (None, " ".join(str(error).split()) or type(error).__name__)
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(answer, pipe)
        os._exit(0)
    os.close(write)
    data, end = bytearray(), time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([read], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
            break
        part = os.read(read, 1 << 20)
        if not part:
            break
        data += part
    os.close(read)
    _, status = os.waitpid(pid, 0)
    said = os.pread(log, 4096, 0).decode(errors="replace").split("\n")[0].strip()
    os.close(log)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        slow = number == signal.SIGKILL
        return None, "no end" if slow else f"crash ({signal.Signals(number).name})"
    if not data:
        return None, f"exit code {os.WEXITSTATUS(status)}"
    found, reason = pickle.loads(bytes(data))
    return found, f"{reason}: {said}" if reason and said else reason


def try_wheel(model: Model, calls: Sequence[Sequence[np.ndarray]]) -> Trial:
    """Runs a model in the wheel.

    Args:
      model: the model.
      calls: of each call the inputs.

    Returns:
      What became of it.
    """

    def opened() -> Runtime:
        return tflm_wheel.TflmWheel(
            model.content,
            outputs=len(model.main.outputs),
            resource_variables=model.resource_variables,
        )

    return _try_runtime(opened, calls)


def _try_runtime(opened: Callable[[], Runtime], calls: Sequence[Sequence[np.ndarray]]) -> Trial:
    """Opens a model in a runtime, and runs it, in a process of its own."""

    def run() -> list[tuple[np.ndarray, ...]]:
        runtime = opened()
        return [tuple(runtime.run(inputs)) for inputs in calls]

    found, reason = _in_child(run)
    return Trial(False, reason) if found is None else Trial(True, "", tuple(found))


def try_tflm(
    program: pathlib.Path, path: pathlib.Path, model: Model, calls: Sequence[Sequence[np.ndarray]]
) -> Trial:
    """Runs a model in the linked TFLM.

    Args:
      program: //tests/corpus:run_any_model.
      path: the model's file.
      model: the model.
      calls: of each call the inputs.

    Returns:
      What became of it; its outputs are flat.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        arguments = [f"--model={path}", f"--samples={len(calls)}"]
        for i, values in enumerate(zip(*calls, strict=True) if calls[0] else []):
            (folder / f"i{i}").write_bytes(b"".join(value.tobytes() for value in values))
            arguments.append(f"--input={folder / f'i{i}'}")
        tensors = [model.main.tensors[i] for i in model.main.outputs]
        arguments += [f"--output={folder / f'o{i}'}" for i in range(len(tensors))]
        try:
            run = subprocess.run(
                [program, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Trial(False, "no end")
        if run.returncode < 0:
            return Trial(False, f"crash ({signal.Signals(-run.returncode).name})")
        if run.returncode:
            return Trial(False, " | ".join(run.stderr.split("\n"))[:400])
        outputs = []
        for i, tensor in enumerate(tensors):
            data = (folder / f"o{i}").read_bytes()
            values = np.frombuffer(data, np.dtype(tensor.dtype))
            outputs.append(values.reshape(len(calls), -1))
    return Trial(True, "", tuple(tuple(o[k] for o in outputs) for k in range(len(calls))))


def try_litert(model: Model, calls: Sequence[Sequence[np.ndarray]]) -> Trial:
    """Runs a model with LiteRT's reference kernels: what the model means.

    Args:
      model: the model.
      calls: of each call the inputs.

    Returns:
      What became of it.
    """

    def opened() -> Runtime:
        from reference import litert

        return litert.LiteRt(model.content)

    return _try_runtime(opened, calls)


def difference(ours: Trial, theirs: Trial, *, max_steps: int = 0, max_ulp: int = 4) -> str:
    """Compares the outputs of two trials that ran.

    Args:
      ours: of the linked TFLM.
      theirs: of the wheel, or of LiteRT.
      max_steps: how far integers may be apart.
      max_ulp: how far floats may be apart; differences below 2^-20 count as none, as in the tests
        of the rules.

    Returns:
      What differs, in one line; empty if nothing does.
    """
    for call, (a, b) in enumerate(zip(ours.outputs, theirs.outputs, strict=True)):
        for i, (mine, other) in enumerate(zip(a, b, strict=True)):
            other = other.reshape(-1)
            if mine.shape != other.shape or mine.dtype != other.dtype:
                return f"output {i} is {mine.dtype}{mine.shape}, not {other.dtype}{other.shape}"
            if mine.dtype.kind == "f":
                same_nan = np.isnan(mine) & np.isnan(other)
                near = same_nan | (np.abs(mine - other) < 2.0**-20)
                apart = np.where(near, 0, ulp.distance(mine, other))
                allowed, unit = max_ulp, "ULP"
            elif mine.dtype.kind in "iu":
                apart, allowed, unit = parity.distances(mine, other), max_steps, "steps"
            else:
                apart, allowed, unit = (mine != other).astype(int), 0, "differs"
            if apart.size and apart.max() > allowed:
                at = int(apart.argmax())
                return (
                    f"call {call}, output {i}: {int((apart > allowed).sum())} of {apart.size}"
                    f" elements differ, element {at} has {mine[at]} against {other[at]}"
                    f" ({int(apart[at])} {unit})"
                )
    return ""
