# SPDX-License-Identifier: Apache-2.0
"""Tests of tflm/model_class.py; a whole class is held against its golden in tests/rules."""

import math
import struct

import pytest

from codegen import cpp_header, typed_tensors
from tflm import model_class


def _tensor(dtype="int8", shape=(1, 4), scale=(0.5,), zero_point=(-3,), name="x"):
    quantization = {"scale": list(scale), "zero_point": list(zero_point), "dimension": 0}
    return {
        "name": name,
        "dtype": dtype,
        "shape": list(shape),
        "quantization": quantization if scale else None,
    }


def _render(*inputs, verify=True):
    return model_class.render(
        {
            "source": "m.tflite",
            "crc32": 0xABC,
            "inputs": list(inputs),
            "outputs": [_tensor("float32", scale=())],
        },
        symbol="my_model",
        class_name="Mine",
        namespace="app",
        header_path="app/m.h",
        includes=["app/b.h", "app/a.h"],
        verify=verify,
    )


def test_names_types_shapes_and_quantization():
    text = _render(_tensor("uint8", (1, 2, 3), (0.25,), (128,)), _tensor("int16", (), (1.0,), (0,)))
    assert "using Type = std::uint8_t;\n    static constexpr std::size_t kSize = 6;" in text
    assert "kShape[] = {1, 2, 3};\n    static constexpr float kScale = 0.25f;" in text
    assert "kZeroPoint = 128;" in text
    # A scalar has one element, and an array of no dimensions is not valid C++.
    assert "kSize = 1;\n    static constexpr int kRank = 0;" in text
    assert "kScale = 1.0f;" in text
    assert "TensorList<Input0, Input1>" in text
    assert "class Mine : public ::mnist_micro::tflm::Model<MineTraits> {};" in text
    assert text.index("app/a.h") < text.index("app/b.h")


def test_verify_is_a_choice():
    assert "kModelCrc32 = 0x00000abc;" in _render(_tensor())
    assert "kVerify = true;" in _render(_tensor())
    assert "kVerify = false;" in _render(_tensor(), verify=False)


@pytest.mark.parametrize("value", [1 / 255, 0.1019607, 1e-12, 3e20, 2.0**-8])
def test_scales_are_exact_floats(value):
    (exact,) = struct.unpack("f", struct.pack("f", value))
    text = _render(_tensor(scale=(exact,)))
    literal = text.split("kScale = ")[1].split("f;")[0]
    (found,) = struct.unpack("f", struct.pack("f", float(literal)))
    assert math.isclose(found, exact, rel_tol=0)


def test_refuses_what_the_class_cannot_offer():
    with pytest.raises(typed_tensors.UnsupportedTensorError, match="tflite: input 0 is of type 17"):
        _render(_tensor("type 17"))
    with pytest.raises(typed_tensors.UnsupportedTensorError, match="input 1 has 2 scales"):
        _render(_tensor(), _tensor(scale=(1.0, 2.0), zero_point=(0, 0)))


@pytest.mark.parametrize("name", ["", "lower", "With_underscore", "1st", "A::B"])
def test_refuses_other_class_names(name):
    with pytest.raises(cpp_header.InvalidNameError, match="must be letters and digits"):
        model_class.check_class_name(name, "m")


@pytest.mark.parametrize("name", ["MyModelOpResolver", "RegisterMyModelOps"])
def test_refuses_the_names_of_the_op_resolver(name):
    with pytest.raises(cpp_header.InvalidNameError, match="taken by the op resolver's header"):
        model_class.check_class_name(name, "my_model")
    model_class.check_class_name(name, "other")


def test_a_name_cannot_leave_its_comment():
    assert "('a\\\\')" in _render(_tensor(name="a\\"))
