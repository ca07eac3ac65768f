# SPDX-License-Identifier: Apache-2.0
"""Predictions of operators, by the table that is checked in."""

import dataclasses

import numpy as np
import pytest

from aot import compiler, targets
from aot.costs import fitting, model_calls, prediction
from aot.passes.chains import RAM
from aot.testing import one_operator
from aot.testing.image_networks import image_network
from aot.testing.one_operator import PADDING, tensor
from tflite.model import Model
from tflite.reader import parse_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, build_graphs


def _dense(outputs: int) -> Model:
    weights = np.arange(outputs * 64).reshape(outputs, 64) % 100
    return one_operator.model(
        "FULLY_CONNECTED",
        [tensor((1, 64), scale=0.1), tensor((outputs, 64), scale=0.02, data=weights)],
        [tensor((1, outputs), scale=30.0)],
    )


def test_the_table():
    assert "cortex_m4f" in prediction.cores()
    assert "gcc" in prediction.compiler()
    for core in prediction.cores():
        assert prediction.target_of(core) in targets.TARGETS
        for function, costs in prediction.coefficients(core).items():
            assert all(number > 0 for number in costs.values()), (core, function)


@pytest.mark.parametrize("core", ["cortex_m4f"])
def test_more_work_takes_longer(core: str):
    found = []
    for outputs in (4, 16, 64):
        compiled = compiler.compile_model(_dense(outputs), name="m", target="armv7em")
        (number,) = prediction.predicted(compiled, core)
        assert number is not None
        found.append(number)
    assert found[0] < found[1] < found[2]
    # 64 * 64 products, by SMLAD of pairs, and some overhead.
    assert 0.8 * 4096 < found[2] < 3 * 4096


def test_an_operator_alone():
    (op,) = compiler.specification(_dense(16)).ops
    fast = prediction.predicted_instructions(op, "armv7em", "cortex_m4f")
    slow = prediction.predicted_instructions(op, "portable", "cortex_m4f")
    assert fast is not None
    assert slow is not None
    assert fast < slow
    # As in a model of it alone.
    alone = prediction.predicted_instructions(op, "armv7em", "cortex_m4f", once=True)
    compiled = compiler.compile_model(
        _dense(16), name="m", target="armv7em", disabled=["choose_variants"]
    )
    assert prediction.predicted(compiled, "cortex_m4f") == [alone]
    # Of the functions that can compute it, another one takes less.
    chosen = compiler.compile_model(_dense(16), name="m", target="armv7em")
    (less,) = prediction.predicted(chosen, "cortex_m4f")
    assert less is not None
    assert alone is not None
    assert less < alone


def test_a_function_of_one_call_costs_less():
    made = image_network((5, 1, 8), (5, 1, 8), size=16, channels=8)
    first, second = compiler.specification(made).ops
    alone = prediction.Costs("portable", "cortex_m3", (first,)).of(first)
    assert alone == prediction.Costs("portable", "cortex_m3").of(first)
    both = prediction.Costs("portable", "cortex_m3", (first, second))
    apart = both.of(first)
    assert alone is not None
    assert apart is not None
    assert alone != apart
    # In the place of the other one it is alone again.
    assert both.of(first, without=(second,)) == alone


def test_unknown_functions_have_no_prediction():
    if "cortex_m3" not in prediction.cores():
        pytest.skip("")
    (op,) = compiler.specification(_dense(16)).ops
    # No core has run C for the DSP extension that does not have it.
    assert prediction.predicted_instructions(op, "armv7em", "cortex_m3") is None


def test_functions_are_told_apart_by_how_often_they_are_called():
    random = np.random.default_rng(0)

    def node(i: int) -> list:
        return [tensor((1, 5, 5, 4), scale=0.1, name=f"a{i}")]

    weights = tensor((4, 3, 3, 4), scale=0.02, data=random.integers(-99, 99, (4, 3, 3, 4)))
    made = one_operator.model(
        "CONV_2D",
        [*node(0), weights],
        [tensor((1, 5, 5, 4), scale=9.0)],
        {"Padding": PADDING.SAME, "StrideH": 1, "StrideW": 1},
    )
    compiled = compiler.compile_model(made, name="m")
    (((function, _),),) = model_calls.features_of(compiled)
    assert function == "conv_2d_int8" + fitting.ONCE


@pytest.mark.parametrize(("last", "suffix"), [(6, fitting.ALIKE), (5, "")])
def test_calls_that_are_alike_are_told_apart(last: int, suffix: str):
    """Compilers put into a function what all of its calls have in common."""
    random = np.random.default_rng(0)
    sizes = (6, 6, last)
    specs = [
        (
            tensor((1, size, 6, 4), "float32", name=f"in{i}"),
            tensor((1, 3, 3, 4), "float32", data=random.normal(size=(1, 3, 3, 4)), name=f"w{i}"),
            tensor((1, size, 6, 4), "float32", name=f"out{i}"),
        )
        for i, size in enumerate(sizes)
    ]
    options = {"Padding": PADDING.SAME, "StrideH": 1, "StrideW": 1, "DepthMultiplier": 1}
    options |= {"DilationHFactor": 1, "DilationWFactor": 1}
    nodes = [
        NodeSpec(
            "DEPTHWISE_CONV_2D",
            [3 * i, 3 * i + 1, -1],
            [3 * i + 2],
            options=options,
            options_type=one_operator.options_type("DEPTHWISE_CONV_2D"),
        )
        for i in range(len(sizes))
    ]
    places = range(0, 3 * len(sizes), 3)
    graph = GraphSpec(
        [spec for one in specs for spec in one],
        nodes,
        list(places),
        [place + 2 for place in places],
    )
    model = parse_model(build_graphs(graph), "alike.tflite")
    made = model_calls.features_of(compiler.compile_model(model, name="m"))
    functions = {function for layer in made for function, _ in layer}
    assert functions == {"depthwise_conv_2d_float" + suffix}


@pytest.mark.parametrize("target", ["portable", "armv7em", "armv8_1m_mve"])
def test_chains_cost_what_their_calls_do(target: str):
    core = prediction.core_of(target)
    assert core is not None
    made = image_network((3, 1, 4), (3, 1, 4), size=16, channels=2, dense=8)
    compiled = compiler.compile_model(made, name="model", target=target, optimize=RAM)
    (op,) = (op for op in compiled.graph.ops if op.kind == "CHAIN")
    cost = prediction.Costs(target, core, compiled.graph.ops)
    known = cost.of(op)
    assert known is not None
    place = compiled.graph.ops.index(op)
    assert prediction.predicted(compiled, core)[place] == round(known)
    whole = cost.of(*op.parts)
    assert whole is not None
    assert 0.8 * whole < known < 1.5 * whole
    # One that is not known makes the sum unknown.
    (other,) = compiler.specification(_dense(16)).ops
    unknown = dataclasses.replace(other, kind="WHILE", blocks=((), ()))
    assert cost.of(op, unknown) is None


def test_a_target_without_an_emulator_has_no_costs():
    assert prediction.core_of("x86_64") is None
