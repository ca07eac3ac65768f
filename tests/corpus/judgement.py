# SPDX-License-Identifier: Apache-2.0
"""What happens to a model: the build's answer, and what runs agree with."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence

from inspector.inspection import inspect_model
from tests.corpus import trials
from tflite.model import Model, ModelError
from tflite.reader import parse_model
from tflm import compatibility, model_facts, verdict
from tflm.capabilities import Tflm

CALLS = 5
"""How often each model is called: state that is kept shows from the second call on."""

# The wheel is of October 2026, today's TFLM of August: between them these kernels went from float32
# to double multipliers. So many steps apart they may be, with that TFLM.
_SKEWS = {"LEAKY_RELU": 1, "SUB": 1}


@dataclasses.dataclass(frozen=True)
class Entry:
    """A model of a collection.

    Attributes:
      name: of the file, without its ending.
      content: the file's bytes.
      ranges: of each input the smallest and the largest value; None for those of any model.
    """

    name: str
    content: bytes
    ranges: Sequence[trials.Range] | None = None


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What became of a model.

    Attributes:
      name: the entry's.
      operators: the names of its operators, with versions.
      refusals: the build's reasons; empty for a model that is accepted.
      answers: what inspector and resolver generator said, if that is not the same.
      ours: the linked TFLM, by a program that knows nothing of refusals.
      wheel: the official wheel.
      difference: between the two, if both ran; empty if there is none.
      litert_difference: of the linked TFLM and LiteRT, if a model is refused that the wheel
        does not run.
    """

    name: str
    operators: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    answers: str = ""
    ours: trials.Trial = trials.NOT_TRIED
    wheel: trials.Trial = trials.NOT_TRIED
    difference: str = ""
    litert_difference: str = ""

    @property
    def kind(self) -> str:
        """The table's column."""
        if self.refusals:
            return "refused, the wheel runs it" if self.wheel.runs else "refused by both"
        if not self.ours.runs:
            return "accepted, but does not run"
        if not self.wheel.runs:
            return "runs, the wheel does not"
        return "differs" if self.difference else "runs as in the wheel"


def read_archive(path: pathlib.Path) -> list[Entry]:
    """Reads //tests/corpus:corpus.zip.

    Args:
      path: the archive.

    Returns:
      Its models in the order of their names.

    Raises:
      OSError: it can't be read.
      zipfile.BadZipFile: it is something else.
    """
    with zipfile.ZipFile(path) as archive:
        models = json.loads(archive.read("manifest.json"))["models"]
        return [
            Entry(name, archive.read(f"{name}.tflite"), models[name]["ranges"])
            for name in sorted(models)
        ]


def read_folder(path: pathlib.Path) -> list[Entry]:
    """Reads the `.tflite` files of a folder.

    Args:
      path: the folder.

    Returns:
      Its models in the order of their names.

    Raises:
      OSError: a file can't be read.
    """
    return [Entry(file.stem, file.read_bytes()) for file in sorted(path.glob("*.tflite"))]


def as_older(entry: Entry, tflm: Tflm) -> Entry | None:
    """Writes a model as older converters do: with versions of operators that a TFLM knows.

    Args:
      entry: the model.
      tflm: whose versions.

    Returns:
      The model with `_older` at the end of its name; None if it needs no change, or is unsound.
    """
    try:
        model = parse_model(entry.content, entry.name)
    except ModelError:
        return None
    newest = {}
    for operator in model.operators:
        registration = tflm.registrations.get(operator.name)
        most = registration.max_version if registration and not operator.custom else None
        if most is not None and operator.version > most:
            newest[operator.builtin_code] = most
    if not newest:
        return None
    content = bytearray(entry.content)
    for at, code in _version_places(content):
        if code in newest:
            (version,) = struct.unpack_from("<i", content, at)
            struct.pack_into("<i", content, at, min(version, newest[code]))
    return Entry(f"{entry.name}_older", bytes(content), entry.ranges)


def _version_places(content: bytearray) -> Iterator[tuple[int, int]]:
    """Finds in a sound model where versions of operators are; yields them with their codes."""

    def word(at: int, code: str = "<I") -> int:
        return struct.unpack_from(code, content, at)[0]

    def field(table: int, number: int) -> int:
        layout = table - word(table, "<i")
        if 4 + 2 * number >= word(layout, "<H"):
            return 0
        offset = word(layout + 4 + 2 * number, "<H")
        return table + offset if offset else 0

    codes = field(word(0), 1)
    vector = codes + word(codes)
    for i in range(word(vector)):
        element = vector + 4 + 4 * i
        table = element + word(element)
        version, code, old_code = field(table, 2), field(table, 3), field(table, 0)
        if version:
            number = max(word(code, "<i") if code else 0, content[old_code] if old_code else 0)
            yield version, number


def _skew(model: Model, tflm_source: str) -> int:
    """How many steps apart the wheel and a TFLM of another date may be."""
    if not tflm_source.startswith("upstream"):
        return 0
    steps = 0
    for subgraph in model.subgraphs:
        for node in subgraph.nodes:
            if node.operator.name in _SKEWS and any(
                subgraph.tensors[i].dtype == "int16" for i in node.inputs if i >= 0
            ):
                steps = max(steps, _SKEWS[node.operator.name])
    return steps


def _answers(model: Model, tflm: Tflm, answer: verdict.Verdict) -> tuple[tuple[str, ...], str]:
    """Asks inspector and resolver generator. Returns the reasons, and how the two differ."""
    inspection = inspect_model(model, tflm, answer, model.path)
    try:
        compatibility.select_for_models([model], tflm, [answer])
        generator = ""
    except compatibility.UnsupportedModelError as error:
        generator = str(error)
    # The inspector names the TFLM above the reasons, the generator in its one line.
    named = [model_facts.name_linked(reason, tflm) for reason in inspection.refusals[:1]]
    first = f"{model.path}: {named[0]}" if named else ""
    differ = "" if generator == first else f"inspector: {first!r}, generator: {generator!r}"
    return inspection.refusals, differ


def judge(entry: Entry, tflm: Tflm, judge_program: pathlib.Path, runner: pathlib.Path) -> Judgement:
    """Has a model judged and run.

    Args:
      entry: the model.
      tflm: the linked TFLM.
      judge_program: //tflm/host:judge.
      runner: //tests/corpus:run_any_model.

    Returns:
      What became of it.
    """
    path = f"{entry.name}.tflite"
    try:
        model = parse_model(entry.content, path)
        answer = verdict.ask(judge_program, model.content)
        calls = trials.make_samples(
            model, CALLS, entry.ranges, integer=answer.integer_inputs if answer.runs else 0
        )
    except (ModelError, ValueError) as error:
        return Judgement(entry.name, refusals=(str(error),))
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / path
        file.write_bytes(model.content)
        ours = trials.try_tflm(runner, file, model, calls)
    refusals, answers = _answers(model, tflm, answer)
    wheel = trials.try_wheel(model, calls)
    difference = litert_difference = ""
    if ours.runs and wheel.runs:
        steps = _skew(model, answer.tflm)
        difference = trials.difference(ours, wheel, max_steps=steps)
    if refusals and ours.runs and not wheel.runs:
        litert = trials.try_litert(model, calls)
        if litert.runs:
            litert_difference = trials.difference(ours, litert, max_steps=1)
    operators = tuple(f"{operator.name} {operator.version}" for operator in model.operators)
    return Judgement(
        entry.name, operators, refusals, answers, ours, wheel, difference, litert_difference
    )


def count(judgements: Sequence[Judgement]) -> Mapping[str, int]:
    """Counts judgements by kind.

    Args:
      judgements: what became of models.

    Returns:
      How many there are of each kind.
    """
    kinds: dict[str, int] = {}
    for judgement in judgements:
        kinds[judgement.kind] = kinds.get(judgement.kind, 0) + 1
    return dict(sorted(kinds.items()))
