# SPDX-License-Identifier: Apache-2.0
"""Tests of tflm/capabilities.py: hand-made sources of both kinds, and the linked TFLM's."""

import os
import pathlib

import pytest

from tflite.reader import read_model
from tflm import capabilities, compatibility
from tflm.capabilities import NotTflmError, Registration, Tflm
from tflm.verdict import RUNS

HEADER = """
  TfLiteStatus AddConv2D() {
    return AddBuiltin(BuiltinOperator_CONV_2D, ops::micro::Register_CONV_2D(), 1, 3);
  }
  TfLiteStatus AddSoftmax(
      const TFLMRegistration& registration = Register_SOFTMAX()) {
    return AddBuiltin(BuiltinOperator_SOFTMAX, registration,
                      ParseSoftmax);
  }
  TfLiteStatus AddMyOp() {
    // TODO: a comment, as AddCustom("Other", Register_OTHER())
    return AddCustom("MyOp", tflite::Register_MY_OP());
  }
  TfLiteStatus AddNpu() {
    TFLMRegistration* registration = tflite::Register_NPU();
    if (registration) {
      return AddCustom(tflite::GetString_NPU(), registration);
    }
    return kTfLiteOk;
  }
  TfLiteStatus AddRfft(const TFLMRegistration* registration =
                           tflite::tflm_signal::Register_RFFT()) {
    return AddCustom("SignalRfft", registration);
  }
  TfLiteStatus AddBuiltin(tflite::BuiltinOperator op, TfLiteRegistration* r, int version = 1) {
    return AddBuiltin(op, r, version, version);
  }
"""
CONV = """
TfLiteStatus EvalQuantized(TfLiteTensor* output) {
  switch (output->type) {
    case kTfLiteInt16:
      return kTfLiteOk;
    default:
      return kTfLiteError;
  }
}
TfLiteStatus Eval() {
  switch (input->type) {  // case kTfLiteBool: in a comment
    case kTfLiteFloat32: {
      break;
    }
    case kTfLiteInt8:
      switch (filter->type) {
        case kTfLiteInt4:
          break;
        default:
          break;
      }
      break;
    default:
      MicroPrintf("Type %s (%d) not supported.");
  }
}
TfLiteRegistration* Register_CONV_2D() {
  static TfLiteRegistration r = {};
  return &r;
}
"""
SOFTMAX = "TFLMRegistration Register_SOFTMAX() { return tflite::micro::RegisterOp(Prepare); }"
SOFTMAX_COMMON = "void Prepare() { context->RequestScratchBufferInArena(context, 4, &index); }"
ADD = """
  if (output->type == kTfLiteFloat32) {
  } else if (output->type == kTfLiteUInt8 || output->type == kTfLiteInt8) {
  } else {
    TF_LITE_KERNEL_LOG(context, "Type %s (%d) not supported.");
  }
"""
NPU = """
TFLMRegistration* Register_NPU() { return nullptr; }
const char* GetString_NPU() { return "npu-1"; }
"""
ALLOCATOR = """
  TF_LITE_REPORT_ERROR(r, "Only 1 subgraph is currently supported.");
  "Logic error in memory planner, tensor %d has an invalid lifetime: "
"""
HELPERS = """
  switch (type) {
    case kTfLiteFloat32:
      *size = sizeof(float);
      break;
    case kTfLiteInt8:
      *size = 1;
      break;
    default:
      return kTfLiteError;
  }
"""


def parse(**sources):
    return capabilities.parse_tflm(
        HEADER, {f"micro/{name}.cc": text for name, text in sources.items()}
    )


def test_parses_both_kinds_of_header():
    assert {
        name: (registration.method, registration.max_version)
        for name, registration in parse().registrations.items()
    } == {
        "CONV_2D": ("AddConv2D", 3),
        "SOFTMAX": ("AddSoftmax", None),
        "custom:MyOp": ("AddMyOp", None),
        "custom:npu": ("AddNpu", None),
        "custom:SignalRfft": ("AddRfft", None),
    }


def test_knows_which_kernels_are_compiled():
    assert {
        name: registration.missing
        for name, registration in parse(conv=CONV, npu=NPU).registrations.items()
    } == {
        "CONV_2D": None,
        "SOFTMAX": "its kernel is not compiled",
        "custom:MyOp": "its kernel is not compiled",
        "custom:npu-1": "its kernel is an empty one for machines without that hardware",
        "custom:SignalRfft": "its kernel is not compiled",
    }


EMPTY = """
TFLMRegistration* Register_NPU() { return nullptr; }
const char* GetString_NPU() { return ""; }
"""


@pytest.mark.parametrize(
    "variant",
    [
        'const char* GetString_NPU() { return "npu-1"; }',
        'constexpr char kName[] = "npu-1";\nconst char* GetString_NPU() { return kName; }',
    ],
)
def test_takes_the_name_of_missing_hardware_from_its_own_kernel(variant):
    parsed = capabilities.parse_tflm(HEADER, {"micro/npu.cc": EMPTY}, ["// other", variant])
    assert parsed.registrations["custom:npu-1"].missing == (
        "its kernel is an empty one for machines without that hardware"
    )
    # Were it compiled in the other's place, the operator would be there.
    compiled = variant + "TFLMRegistration* Register_NPU() { return &r; }"
    parsed = capabilities.parse_tflm(HEADER, {"micro/npu/npu.cc": compiled})
    assert parsed.registrations["custom:npu-1"].missing is None


def test_knows_kernels_for_int8_alone():
    header = """
      TfLiteStatus AddConv2D(
          const TFLMRegistration& registration = Register_CONV_2D()) {
        return AddBuiltin(BuiltinOperator_CONV_2D, registration, ParseConv2D);
      }
      TfLiteStatus AddAbs() {
        return AddBuiltin(BuiltinOperator_ABS, Register_ABS(), ParseAbs);
      }
    """.replace("\n    ", "\n")
    kernels = "TFLMRegistration Register_{}() {{ return r; }}"
    sources = {f"micro/{name}.cc": kernels.format(name) for name in ("CONV_2D", "ABS")}

    def int8(variants):
        registrations = capabilities.parse_tflm(header, sources, variants).registrations
        return registrations["CONV_2D"].int8, registrations["ABS"].int8

    assert int8([]) == ("", "")
    both = [kernels.format("CONV_2D_INT8"), kernels.format("ABS_INT8")]
    assert int8(both) == ("Register_CONV_2D_INT8", "")
    assert int8(["// " + both[0]]) == ("", "")


def test_knows_kernels_that_nothing_registers():
    tflm_with_more = parse(conv=CONV, more="TfLiteRegistration* Register_MORE() { return &r; }")
    assert tflm_with_more.registrations["custom:MORE"] == Registration(
        "", missing="its kernel is compiled, but not registered"
    )


def test_takes_the_inputs_type_before_the_outputs_and_leaves_out_nested_switches():
    assert parse(conv=CONV).registrations["CONV_2D"] == Registration(
        "AddConv2D", 3, dispatch="input", types=("float32", "int8")
    )


def test_takes_chains_of_comparisons():
    definition = "Register_CONV_2D() {"
    conv = parse(conv=ADD + definition).registrations["CONV_2D"]
    assert (conv.dispatch, conv.types) == ("output", ("float32", "int8", "uint8"))
    # Not every comparison says that the others are errors.
    lenient = parse(conv=ADD.replace("not supported", "x") + definition)
    assert lenient.registrations["CONV_2D"].dispatch is None


@pytest.mark.parametrize("name", ["per_channel_output_multiplier", "kernels::ConvPerChannel"])
def test_sees_kernels_that_know_scales_per_channel(name):
    assert parse(conv=CONV + f"  {name}();").registrations["CONV_2D"].per_channel
    assert not parse(conv=CONV + f"  // {name}").registrations["CONV_2D"].per_channel


def test_takes_what_a_kernel_insists_on_apart_from_what_it_chooses_by():
    insists = """
  TF_LITE_ENSURE(context,
                 input->type == kTfLiteFloat32 || input->type == kTfLiteInt16);
"""
    conv = parse(conv=ADD + insists + "Register_CONV_2D() {").registrations["CONV_2D"]
    assert (conv.dispatch, conv.types) == ("output", ("float32", "int8", "uint8"))
    assert conv.insists == ("float32", "int16")
    # Within a branch it is about that branch alone.
    branch = parse(conv=CONV + insists.replace("  TF_LITE", "    TF_LITE"))
    assert branch.registrations["CONV_2D"].insists == ()


def test_switches_without_a_default_say_nothing():
    open_switch = "switch (input->type) { case kTfLiteInt8: break; } Register_CONV_2D() {"
    assert parse(conv=open_switch).registrations["CONV_2D"].dispatch is None


def test_sees_scratch_buffers_in_the_code_that_processors_share():
    registrations = parse(conv=CONV, softmax=SOFTMAX, softmax_common=SOFTMAX_COMMON).registrations
    assert registrations["SOFTMAX"].scratch
    assert not registrations["CONV_2D"].scratch


def test_knows_the_limits_of_the_allocator():
    old = parse(micro_allocator=ALLOCATOR)
    assert (old.one_subgraph, old.whole_lifetimes) == (True, True)
    assert old.old_codes
    assert not parse(micro_allocator="code = GetBuiltinCode(opcode);").old_codes
    new = parse(micro_allocator="")
    assert (new.one_subgraph, new.whole_lifetimes) == (False, False)
    assert new.tensor_types is None
    assert parse(memory_helpers=HELPERS).tensor_types == ("float32", "int8")


@pytest.mark.parametrize(
    "described",
    [
        parse(conv=CONV),
        Tflm({"ADD": Registration("AddAdd", insists=("int8",))}),
        Tflm({}, tensor_types=("int8",)),
    ],
)
def test_json_holds_everything(described):
    assert capabilities.from_json(capabilities.to_json(described), "t.json") == described


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"registrations": {"A": {"types": 1}}}'])
def test_refuses_other_json(text):
    with pytest.raises(NotTflmError, match=r"^t.json: is not a description of a TFLM"):
        capabilities.from_json(text, "t.json")


def test_refuses_other_sources(tmp_path):
    header = tmp_path / "other.h"
    with pytest.raises(NotTflmError, match=r"other.h: cannot be read: No such file"):
        capabilities.read_sources(header, [])
    header.write_text("int x;")
    kernel = tmp_path / "conv.cc"
    kernel.write_text(CONV)
    with pytest.raises(NotTflmError, match=r"other.h: is not a micro_mutable_op_resolver.h"):
        capabilities.read_sources(header, [kernel])
    with pytest.raises(NotTflmError, match=r"no.json: cannot be read: No such file"):
        capabilities.read_json(tmp_path / "no.json")


LINKED = capabilities.read_json(pathlib.Path(os.environ["TFLM"]))


def test_finds_every_method_of_the_linked_tflm():
    header = pathlib.Path(os.environ["TFLM_HEADER"]).read_text()
    # What registers any operator is none itself.
    methods = {
        word.split("(")[0]
        for word in header.split()
        if word.startswith("Add") and f"TfLiteStatus {word}" in header
    } - {"Add", "AddBuiltin", "AddCustom"}
    assert len(methods) >= 52
    found = {registration.method for registration in LINKED.registrations.values()}
    # Empty: a kernel that no method registers.
    assert found - {""} == methods


def test_linked_tflm_has_the_operators_it_must_have():
    for name, method, types in (
        ("CONV_2D", "AddConv2D", {"float32", "int8"}),
        ("MAX_POOL_2D", "AddMaxPool2D", {"float32", "int8"}),
        ("RESHAPE", "AddReshape", set()),
        ("FULLY_CONNECTED", "AddFullyConnected", {"float32", "int8"}),
        ("SOFTMAX", "AddSoftmax", {"float32", "int8"}),
        ("DEPTHWISE_CONV_2D", "AddDepthwiseConv2D", {"float32", "int8"}),
        ("ADD", "AddAdd", {"float32", "int8"}),
        ("RESIZE_NEAREST_NEIGHBOR", "AddResizeNearestNeighbor", set()),
    ):
        registration = LINKED.registrations[name]
        assert registration.method == method
        assert registration.missing is None
        assert types <= set(registration.types)
    assert LINKED.registrations["QUANTIZE"].dispatch == "output"
    assert {"float32", "int16"} <= set(LINKED.registrations["QUANTIZE"].insists)
    assert LINKED.registrations["SVDF"].scratch
    assert LINKED.registrations["CONV_2D"].per_channel
    assert LINKED.registrations["DEPTHWISE_CONV_2D"].per_channel
    assert not LINKED.registrations["ADD"].per_channel
    assert LINKED.registrations["TANH"].types != ()
    assert {"float32", "int8", "int16", "int32"} <= set(LINKED.tensor_types)


@pytest.mark.parametrize(
    "path", [path for path in os.environ["MODELS"].split() if path.endswith(".tflite")]
)
def test_models_that_run_are_not_refused(path):
    model = read_model(path)
    assert compatibility.refusals(model, LINKED, RUNS) == []


@pytest.mark.parametrize(
    ("defined", "name"),
    [
        (
            {"SOURCE": "upstream x", "COMMIT": "90b983c2b3f1480642e040bbd2ddb37b998f3424"},
            "upstream x 90b983c",
        ),
        (
            {"SOURCE": "crate x 0.1", "COMMIT": "y (2020-07)", "DATE": "2020-07"},
            "of July 2020, crate x 0.1",
        ),
        ({"SOURCE": "upstream x", "DATE": "2026-12-20"}, "of December 2026, upstream x"),
        ({"SOURCE": "upstream x", "DATE": "2026-13"}, "upstream x"),
    ],
)
def test_reads_which_tflm_it_is(tmp_path, defined, name):
    header = tmp_path / "source.h"
    header.write_text("".join(f'#define TFLM_{key} "{value}"\n' for key, value in defined.items()))
    assert capabilities.read_name(header) == name


def test_refuses_a_header_that_does_not_say_which_tflm_it_is(tmp_path):
    header = tmp_path / "source.h"
    with pytest.raises(NotTflmError, match="source.h: cannot be read"):
        capabilities.read_name(header)
    header.write_text("#define OTHER 1\n")
    with pytest.raises(NotTflmError, match="source.h: does not define TFLM_SOURCE"):
        capabilities.read_name(header)
