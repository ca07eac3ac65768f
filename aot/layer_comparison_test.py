# SPDX-License-Identifier: Apache-2.0
"""Logs of traced programs: planted faults are named, damaged logs are refused."""

import functools
import pathlib
import re
from collections.abc import Callable

import numpy as np
import pytest

from aot import compiler, layer_comparison
from aot.importer import CompileError
from aot.layer_comparison import LogError, Report
from aot.seeded_inputs import seeded_inputs
from aot.testing import one_operator, traced_program
from aot.testing.one_operator import tensor
from aot.testing.random_operators import random_model
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing import small_cnn
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs

# With it the convolution is not a layer of its own.
_SEPARATE = ("fuse_pooling",)


def _compare(model: Model, log: str, runs: int | None = None) -> Report:
    inputs = functools.partial(seeded_inputs, compiler.specification(model).inputs)
    return layer_comparison.compare(model, log.splitlines(keepends=True), inputs, runs=runs)


def _small(dtype: str = "int8") -> Model:
    build = small_cnn.build_int8 if dtype == "int8" else small_cnn.build_float32
    return parse_model(build(small_cnn.draw_weights()), "small.tflite")


@pytest.fixture(name="small_log", scope="module")
def _small_log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two runs of the small network, with a line before and a line after them."""
    folder = tmp_path_factory.mktemp("small")
    return traced_program.log(_small(), folder, runs=2, disabled=_SEPARATE)


def _node(operator: str, inputs: list[int], outputs: list[int], **options: object) -> NodeSpec:
    kind = {"VAR_HANDLE": "VarHandleOptions"}.get(operator) or one_operator.options_type(operator)
    return NodeSpec(operator, inputs, outputs, options=options, options_type=kind)  # type: ignore[arg-type]


def _changed(array: str, change: Callable[[int], int]) -> Callable[[str], str]:
    """Changes the first number of an array of the C."""

    def edit(source: str) -> str:
        text, count = re.subn(
            rf"( {array}\[\d+\] = {{\s+)(-?\d+)",
            lambda match: match[1] + str(change(int(match[2]))),
            source,
        )
        assert count == 1, re.findall(r"(\w+)\[\d+\] = {", source)
        return text

    return edit


# --- what agrees ----------------------------------------------------------------------------------


def test_all_layers_agree(small_log: str):
    report = _compare(_small(), small_log)
    assert (report.difference, report.runs) == (None, 2)
    # One for each operator: a convolution, a pooling, RESHAPE, a dense layer and SOFTMAX.
    assert report.layers == small_log.count("trace: run 0, ") - 1 == 5
    # Two runs have inputs of their own.
    inputs = re.findall(r"input 0, 144 bytes, crc32 (\w+)", small_log)
    assert len(set(inputs)) == 2


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "int32", "int64", "uint32", "float32", "bool"]
)
def test_inputs_of_all_types_are_the_same_in_c_and_numpy(dtype: str, tmp_path: pathlib.Path):
    operator = "LOGICAL_NOT" if dtype == "bool" else "RESHAPE"
    made = one_operator.model(
        "EXPAND_DIMS" if operator == "RESHAPE" else operator,
        [tensor((3, 70), dtype)] + ([one_operator.constant(0)] if operator == "RESHAPE" else []),
        [tensor((1, 3, 70) if operator == "RESHAPE" else (3, 70), dtype)],
    )
    report = _compare(made, traced_program.log(made, tmp_path, runs=3))
    assert (report.difference, report.runs) == (None, 3)
    (first,) = seeded_inputs(compiler.specification(made).inputs, 0)
    (second,) = seeded_inputs(compiler.specification(made).inputs, 1)
    assert first.dtype == dtype and (first != second).any()
    if dtype in ("int8", "uint8"):
        assert len(np.unique(first)) > 100
    if dtype == "float32":
        assert -1 <= first.min() < -0.9 and 0.9 < first.max() < 1


@pytest.mark.parametrize("seed", range(40))
def test_random_models_agree(seed: int, tmp_path: pathlib.Path):
    made = random_model(5000 + seed).model()
    try:
        compiler.specification(made)
    except CompileError:
        pytest.skip("is not compiled")
    # Random numbers may be too large for integers, on purpose.
    log = traced_program.log(made, tmp_path, flags=("-O0",), passes=bool(seed % 3))
    report = _compare(made, log)
    assert (report.difference, report.runs) == (None, 3)


def test_the_users_own_function_gets_what_it_got(tmp_path: pathlib.Path):
    # Both at once: one_operator.check sets `trace`, and compares.
    one_operator.check(_small(), tmp_path)


def test_nothing_of_it_is_in_a_program_without_trace():
    for name in ("softmax", "traced"):
        sources = compiler.compile_model(_small(), name=name).sources
        for text in (sources.header, sources.source):
            assert not re.search("trace|print_line|crc32|fill_inputs", text.replace(name, ""))


def test_what_was_put_into_a_convolution_is_named(tmp_path: pathlib.Path):
    log = traced_program.log(_small(), tmp_path, runs=2)
    report = _compare(_small(), log)
    assert (report.difference, report.runs, report.layers) == (None, 2, 4)
    change = _changed("pooled_weights_", lambda n: -n)
    difference = _compare(_small(), traced_program.log(_small(), tmp_path, edit=change)).difference
    assert difference is not None
    assert difference.label == "operator 0 (CONV_2D), with operator 1 (MAX_POOL_2D) in it,"


# --- planted faults -------------------------------------------------------------------------------


def test_a_changed_weight_in_the_middle_is_named(tmp_path: pathlib.Path):
    model = _small()
    log = traced_program.log(
        model, tmp_path, edit=_changed("logits_weights_", lambda n: -n), disabled=_SEPARATE
    )
    difference = _compare(model, log).difference
    assert difference is not None
    assert (difference.run, difference.label, difference.agreed) == (
        0,
        "operator 3 (FULLY_CONNECTED)",
        3,
    )
    assert str(difference).startswith(
        "run 0: operator 3 (FULLY_CONNECTED) is the first layer that differs: tensor "
    )


def _stateful() -> Model:
    """Makes a model whose output is its input, and twice the input of the run before."""
    value = tensor((1, 6), "int8", scale=0.5)
    kept = tensor((1, 6), "int8", scale=0.5, name="kept")
    made = tensor((1, 6), "int8", scale=1.0, name="made")
    handle = TensorSpec((), "resource")
    return parse_model(
        build_graphs(
            GraphSpec(
                [value, handle, value, kept, made],
                [
                    _node("VAR_HANDLE", [], [1], SharedName="state"),
                    _node("READ_VARIABLE", [1], [2]),
                    _node("ADD", [0, 2], [4]),
                    _node("ADD", [0, 0], [3]),
                    _node("ASSIGN_VARIABLE", [1, 3], []),
                ],
                [0],
                [4],
            )
        ),
        "state.tflite",
    )


def test_state_is_kept_and_reset(tmp_path: pathlib.Path):
    log = traced_program.log(_stateful(), tmp_path, runs=5)
    # It is written to the variable: it is not a tensor, and has a line all the same.
    assert log.count("operator 3, output 0, 6 bytes") == 5
    report = _compare(_stateful(), log)
    assert (report.difference, report.runs) == (None, 5)
    # The board starts again: without state.
    assert _compare(_stateful(), log + log).runs == 10
    # After a reset the program says again which model it is, and counts from 0. Its inputs here
    # count on, so they are not those of run 0.
    log = traced_program.log(_stateful(), tmp_path, runs=5, reset=1)
    assert log.count("trace: model traced, ") == 2
    with pytest.raises(LogError, match="input 0 of run 0 has crc32 "):
        _compare(_stateful(), log)


def test_wrong_state_is_named(tmp_path: pathlib.Path):
    def edit(source: str) -> str:
        # In run 2 the variable is not what run 1 left.
        start = "  unsigned char *const memory = model->memory;\n"
        assert start in source
        return source.replace(
            start, start + "  if (model->trace_runs == 2) model->variables_words[0] ^= 4;\n"
        )

    report = _compare(_stateful(), traced_program.log(_stateful(), tmp_path, runs=5, edit=edit))
    assert report.difference is not None
    assert (report.difference.run, report.difference.label) == (2, "operator 2 (ADD)")


def _branches() -> Model:
    flag, x = tensor((1,), "bool"), tensor((1, 4), "int8", scale=0.5)
    other = tensor((1, 4), "int8", scale=0.5, data=np.array([[3, 5, 7, 9]]), name="addend")
    branch = GraphSpec([x, other, x], [_node("ADD", [0, 1], [2])], [0], [2])
    return parse_model(
        build_graphs(
            GraphSpec(
                [flag, x, x, x],
                [_node("IF", [0, 1], [2], ThenSubgraphIndex=1, ElseSubgraphIndex=2),
                 _node("ADD", [2, 2], [3])],
                [0, 1],
                [3],
            ),
            branch,
            GraphSpec([x], [], [0], [0]),
        ),
        "if.tflite",
    )  # fmt: skip


def test_control_operators_are_traced_by_their_outputs(tmp_path: pathlib.Path):
    made = _branches()
    log = traced_program.log(made, tmp_path, runs=8)
    report = _compare(made, log)
    assert (report.difference, report.runs, report.layers) == (None, 8, 2)
    wrong = traced_program.log(made, tmp_path, runs=8, edit=_changed("addend_", lambda n: n + 40))
    difference = _compare(made, wrong).difference
    assert difference is not None
    assert difference.label == "operator 0 (IF)"


def test_an_operator_that_was_put_into_another_one_is_named_too(tmp_path: pathlib.Path):
    x = tensor((1, 8), "int8", scale=0.5)
    other = tensor((1, 8), "int8", scale=0.5, data=np.arange(8), name="addend")
    made = parse_model(
        build_graphs(
            GraphSpec(
                [x, other, x, x], [_node("ADD", [0, 1], [2]), _node("RELU", [2], [3])], [0], [3]
            )
        ),
        "relu.tflite",
    )
    log = traced_program.log(made, tmp_path, edit=_changed("addend_", lambda n: n + 90))
    difference = _compare(made, log).difference
    assert difference is not None
    assert difference.label == "operator 0 (ADD), with operator 1 (RELU) in it,"


# --- floats of the C library ----------------------------------------------------------------------


def _with_another_exp(source: str) -> str:
    """Has exp be off in its last bits, as another C library's may be."""
    start = source.index("/* Each product")
    other = (
        "#include <math.h>\nstatic float other_expf(float x) {\n"
        "  return nextafterf(nextafterf(expf(x), 9e9f), 9e9f);\n}\n#define expf other_expf\n"
    )
    return source[:start] + other + source[start:]


def test_another_c_library_agrees(tmp_path: pathlib.Path):
    made = _small("float32")
    log = traced_program.log(made, tmp_path, edit=_with_another_exp)
    report = _compare(made, log)
    assert (report.difference, report.near) == (None, {6: "operator 4 (SOFTMAX)"})


def test_a_wrong_function_does_not(tmp_path: pathlib.Path):
    made = _small("float32")

    def edit(source: str) -> str:
        return _with_another_exp(source).replace("9e9f), 9e9f)", "9e9f), 9e9f) + 0.01f")

    difference = _compare(made, traced_program.log(made, tmp_path, edit=edit)).difference
    assert difference is not None
    assert difference.label == "operator 4 (SOFTMAX)"
    assert ", sum " in difference.logged


def _after_tanh(dtype: str = "int8") -> Model:
    """Makes a model of TANH, what makes integers of its floats, and operators after these."""
    x = tensor((1, 400), "float32")
    scale = 1 / 32768 if dtype == "int16" else 1 / 128
    y = tensor((1, 400), "int16" if dtype == "int16" else "int8", scale=scale)
    specs, nodes = [x, x, y], [_node("TANH", [0], [1]), _node("QUANTIZE", [1], [2])]
    if dtype == "int8":
        limit, other = (tensor((1,), scale=scale, data=np.array([number])) for number in (3, -90))
        specs += [limit, tensor((1, 400), "bool"), other, y]
        nodes += [_node("LESS", [2, 3], [4]), _node("SELECT_V2", [4, 2, 5], [6])]
    if dtype == "uint8":
        specs.append(tensor((1, 400), dtype, scale=scale, zero_point=128))
        nodes.append(_node("QUANTIZE", [2], [3]))
    graph = GraphSpec(specs, nodes, [0], [len(specs) - 1])
    return parse_model(build_graphs(graph), "tanh.tflite")


def _with_another_tanh(source: str) -> str:
    start = source.index("/* Each product")
    other = (
        "#include <math.h>\nstatic float other_tanhf(float x) {\n"
        "  return tanhf(x) + 1e-4f;\n}\n#define tanhf other_tanhf\n"
    )
    return source[:start] + other + source[start:]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16"])
def test_integers_of_another_c_library_agree(dtype: str, tmp_path: pathlib.Path):
    made = _after_tanh(dtype)
    log = traced_program.log(made, tmp_path, edit=_with_another_tanh)
    report = _compare(made, log)
    assert report.difference is None
    near = {2: "operator 0 (TANH)", 3: "operator 1 (QUANTIZE)"}
    if dtype == "uint8":
        near[4] = "operator 2 (QUANTIZE)"
    assert report.near.items() >= near.items()


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_wrong_integers_after_floats_are_named(dtype: str, tmp_path: pathlib.Path):
    def edit(source: str) -> str:
        # The scale is another one.
        text, count = re.subn(r"(quantize_float\(400, [^,]+, )0x1\.", r"\g<1>0x1.8", source)
        assert count == 1
        return _with_another_tanh(text)

    made = _after_tanh(dtype)
    difference = _compare(made, traced_program.log(made, tmp_path, edit=edit)).difference
    assert difference is not None
    assert (difference.label, difference.agreed) == ("operator 1 (QUANTIZE)", 1)
    assert ", sum " in difference.logged


def test_what_has_no_sum_is_not_counted(tmp_path: pathlib.Path):
    made = _after_tanh()
    log = traced_program.log(made, tmp_path, runs=2)
    # TANH itself may be rounded in two ways.
    assert str(_compare(made, log)).endswith("all 4 layers agree in 2 runs")
    for line in ("line 4 of 5", "line 5 of 5"):
        log = re.sub(rf"({line}, .* crc32) \w+", r"\1 0badc0de", log)
        log = re.sub(rf"({line}, .* sum) \w+", r"\1 4badc0de", log)
    # A flag that is another one may choose a number that is another one.
    report = _compare(made, log)
    assert (report.difference, report.runs) == (None, 2)
    assert str(report).endswith(
        "2 of 4 layers agree in 2 runs; 2 were not compared: they depend on exp and similar"
        " functions of the C library: operator 2 (LESS); operator 3 (SELECT_V2)"
    )


def test_agreed_layers_before_a_difference_are_those_that_were_compared(tmp_path: pathlib.Path):
    x = tensor((1, 8), "float32")
    graph = GraphSpec(
        [x, x, tensor((1, 8), "int32"), x],
        [
            _node("TANH", [0], [1]),
            _node("CAST", [1], [2], InDataType=0, OutDataType=2),
            _node("NEG", [0], [3]),
        ],
        [0],
        [2, 3],
    )
    made = parse_model(build_graphs(graph), "cast.tflite")
    log = traced_program.log(made, tmp_path, runs=1)
    log = re.sub(r"(line [34] of 4, .* crc32) \w+", r"\1 0badc0de", log)
    report = _compare(made, log)
    assert report.difference is not None
    assert (report.difference.label, report.difference.agreed) == ("operator 2 (NEG)", 1)
    assert (
        "1 was not compared: it depends on exp and similar functions of the C library: operator 1"
        " (CAST)\nrun 0: operator 2 (NEG) is the first layer that differs: "
    ) in str(report)


def test_floats_must_be_the_same_before_such_functions(tmp_path: pathlib.Path):
    made = _small("float32")

    def next_float(match: re.Match[str]) -> str:
        number = np.nextafter(np.float32(float.fromhex(match[2])), np.float32(9))
        return f"{match[1]}{float(number).hex()}f,"

    def edit(source: str) -> str:
        text, count = re.subn(r"(logits_bias_\[5\] = {\s+)(\S+?)f,", next_float, source)
        assert count == 1
        return text

    difference = _compare(made, traced_program.log(made, tmp_path, edit=edit)).difference
    assert difference is not None
    assert difference.label == "operator 3 (FULLY_CONNECTED)"


# --- logs -----------------------------------------------------------------------------------------


def _prefixed(log: str) -> str:
    """Has a logger's colours and time in front of each line, and other lines in between."""
    return "".join(
        f"\x1b[32m[00:00:{i:02}] <inf> {line}\x1b[0m\r\nheap: 1234 \r\ntrace: of something else\n"
        for i, line in enumerate(log.splitlines())
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda log: log.replace("\n", "\r\n"),
        _prefixed,
        # The end of an earlier start, whose run was not over, and which began before the recording.
        lambda log: "\n".join(log.splitlines()[4:6]) + "\n" + log,
        lambda log: "\n".join(log.splitlines()[:5]) + "\n" + log,
        # Bytes that are not text.
        lambda log: "\ufffd\x00" + log,
    ],
)
def test_logs_may_have_other_lines(change: Callable[[str], str], small_log: str):
    report = _compare(_small(), change(small_log))
    assert (report.difference, report.runs) == (None, 2)


def test_two_whole_starts_are_compared(small_log: str):
    assert _compare(_small(), small_log + small_log).runs == 4


def _line(log: str, text: str) -> int:
    return next(i for i, line in enumerate(log.splitlines()) if text in line)


def _without(log: str, text: str) -> str:
    lines = log.splitlines(keepends=True)
    del lines[_line(log, text)]
    return "".join(lines)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda log: "", 'has no line "trace: …": compile the model with --trace, and set'),
        (lambda log: "begins\nends\n", 'has no line "trace: …": compile the model with --trace'),
        (
            lambda log: _without(log, "trace: model"),
            'has 12 lines of a trace, but not the first one, "trace: model …": reset the board',
        ),
        (
            lambda log: _without(log, "run 0, line 3"),
            "line 5 is line 4 of run 0, where line 3 of run 0 must be: lines are lost; record",
        ),
        (
            lambda log: _without(log, "run 0, line 6"),
            "line 8 is line 1 of run 1, where line 6 of run 0 must be: lines are lost; record",
        ),
        (
            lambda log: log[: log.index("run 1, line 4")],
            "ends in run 1 after line 3 of 6: record it to the end of the run, or give --runs=1",
        ),
        (
            lambda log: log[: log.index(", crc32", log.index("run 1, line 4")) + 12],
            "ends in run 1 after line 3 of 6: record it to the end of the run, or give --runs=1",
        ),
        (
            lambda log: log[: log.index("trace: run 0")],
            "ends in run 0 after the first line: record it to the end of the run, or give --runs=1",
        ),
        (
            lambda log: log.replace("operator 1, tensor", "operator 1 tensor", 1),
            r"line 5 is a damaged line of the trace, 'run 0, line 3 of 6, operator 1 tensor",
        ),
        (
            lambda log: re.sub(r"tensor \d+, (\d+) bytes", r"tensor 777, \1 bytes", log, count=1),
            "line 4 has a tensor that the model does not have so: compile the program again",
        ),
        (
            lambda log: re.sub(r"(input 0, 144 bytes, crc32) \w+", r"\1 00000000", log),
            "line 3: input 0 of run 0 has crc32 00000000, and the one to compare with [0-9a-f]{8}:",
        ),
        (
            lambda log: log.replace("input 0, 144 bytes", "input 0, 145 bytes"),
            "line 3: input 0 has 145 bytes, and that of the model 144: compile the program again",
        ),
        (
            lambda log: log.replace("run 0, line 1 of", f"run 0, line {'1' * 5000} of"),
            "line 3 is a damaged line of the trace, 'run 0, line 1111",
        ),
        (
            lambda log: log.replace("run 0, line 1 of", "run 0, line \u0661 of"),
            "line 3 is a damaged line of the trace, 'run 0, line ",
        ),
        (
            lambda log: re.sub("line 2 of.*", "", log, flags=re.DOTALL).replace("1 of 6", "1 of 1"),
            "has 1 line a run, the model 3: compile the program again, with the compiler of this",
        ),
        (
            lambda log: "".join(
                line.replace(" of 6", " of 2")
                for line in log.splitlines(keepends=True)
                if not re.search("line [3-6] of", line)
            ),
            "has 2 lines a run, the model 3: compile the program again, with the compiler of this",
        ),
        (
            lambda log: log.replace("line 4 of 6", "line 4 of 7"),
            "line 6 has a tensor that the model does not have so: compile the program again",
        ),
        (
            # Each line is the input's, or the first operator's.
            lambda log: re.sub(r"operator \d+, .*", re.search("input 0.*", log)[0], log),  # type: ignore[index]
            "line 4 has a tensor that the model does not have so: compile the program again",
        ),
        (
            lambda log: re.sub(r"operator \d+, .*", re.search("operator 0.*", log)[0], log),  # type: ignore[index]
            "line 5 has a tensor that the model does not have so: compile the program again",
        ),
        (
            lambda log: re.sub("input 0, .*", re.search("operator 0.*", log)[0], log),  # type: ignore[index]
            "line 3 has a tensor that the model does not have so: compile the program again",
        ),
        (
            lambda log: re.sub(r"(model traced, \d+ bytes, crc32) \w+", r"\1 00000000", log),
            "line 2 is of another model, traced, of [0-9]+ bytes with crc32 00000000; this one has",
        ),
    ],
)  # fmt: skip
def test_bad_logs_are_refused(change: Callable[[str], str], message: str, small_log: str):
    with pytest.raises(LogError) as error:
        _compare(_small(), change(small_log))
    assert str(error.value).startswith(message) or re.match(message, str(error.value))


def test_a_number_of_runs(small_log: str):
    assert _compare(_small(), small_log, runs=1).runs == 1
    # The rest may be anything.
    cut = small_log[: small_log.index("run 1, line 4")]
    assert _compare(_small(), cut, runs=1).runs == 1
    with pytest.raises(LogError, match="has 2 runs, not 3"):
        _compare(_small(), small_log, runs=3)
