# SPDX-License-Identifier: Apache-2.0
"""That each fix that a refusal names works: the model is made again as the message says.

make_models.py makes each model twice. The first one is refused with the message, the second one is
accepted by the linked TFLM, and runs in the official wheel, whose kernels are today's.
"""

import bz2
import gzip
import inspect
import io
import lzma
import os
import pathlib
import re
import tarfile
import zipfile

import numpy as np
import pytest

from reference.litert import LiteRt
from reference.tflm_wheel import TflmWheel
from tflite.model import ModelError
from tflite.reader import parse_model, read_model
from tflite.testing.model_builder import GraphSpec, NodeSpec, TensorSpec, build_graphs
from tflm import capabilities, compatibility, model_facts, verdict

FILES = {pathlib.Path(path).name: pathlib.Path(path) for path in os.environ["FILES"].split()}
LINKED = capabilities.read_json(pathlib.Path(os.environ["TFLM"]))
JUDGE = pathlib.Path(os.environ["JUDGE"])
TODAY = os.environ["YEAR"] == "2026"
FULL_INT8 = (
    "converter.representative_dataset and target_spec.supported_ops ="
    " [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)
OPEN = (
    ", as Keras 3's model.export() always does: give its Input batch_size=1 and convert it with"
    " tf.lite.TFLiteConverter.from_keras_model"
)
# What each model is refused with, without its name and that of the TFLM.
NEVER = {
    "flex": "has operators of TensorFlow itself (MatrixInverse), which no TFLM has: convert without"
    " tf.lite.OpsSet.SELECT_TF_OPS, and write the model without what the converter then refuses",
    "float16": "has float16 weights (tensor 2, 'model/conv2d/BiasAdd/ReadVariableOp'), which no"
    " TFLM has kernels for: convert without converter.target_spec.supported_types = [tf.float16]",
    "hybrid": "operator 2 of subgraph 0 (FULLY_CONNECTED) has int8 weights but float32 activations"
    f" (dynamic range quantization), which no TFLM has kernels for: set {FULL_INT8}, or leave out"
    " converter.optimizations",
    "open_join": f"leaves the shape of input 'serving_default_data:0' open ([-1, 6]){OPEN}",
    "open_lstm": f"leaves the shape of input 'serving_default_data:0' open ([-1, 6, 3]){OPEN}",
    "sparse": "tensor 2 of subgraph 0 ('StatefulPartitionedCall:01') is sparse, which no TFLM has"
    " kernels for: convert without tf.lite.Optimize.EXPERIMENTAL_SPARSITY",
    "weights_alone": "has int8 weights (tensor 3, 'model/conv2d_transpose/conv2d_transpose') but"
    " float32 activations (weight-only quantization): quantize the activations too, with a"
    " representative dataset, or nothing",
}
BY_2020 = {
    "dense_of_sequences": "operator 0 of subgraph 0 (FULLY_CONNECTED) is a Dense layer of a tensor"
    " with 3 dimensions: take Conv1D with kernel_size=1 in its place",
    "int16": f"has int16 activations: quantize them to int8 with {FULL_INT8}",
    "mean": "operator 1 of subgraph 0 (MEAN) averages int8: in place of GlobalAveragePooling2D take"
    " AveragePooling2D((6, 6)) and Flatten",
    "mean_of_sequences": "operator 3 of subgraph 0 (MEAN) averages int8: in place of"
    " GlobalAveragePooling1D take AveragePooling1D(6) and Flatten",
    "uint8_ports": "has uint8 inputs or outputs around int8: convert with"
    " converter.inference_input_type = converter.inference_output_type = tf.int8",
}
OR_TODAYS = (
    ", or build with today's TFLM, which has kernels: --repo_env=MNIST_MICRO_SOURCES=upstream"
)
# TFLM has the operators, but no kernels: known once a kernel fails, as the wheel's does.
FAILS = {
    "int64_index": (
        "operator 0 of subgraph 0 (ARG_MAX) failed",
        "operator 0 of subgraph 0 (ARG_MAX) gives int64, which no TFLM has a kernel for: call"
        " tf.argmax or tf.argmin with output_type=tf.int32",
    ),
    "open_shape": (
        "operator 4 of subgraph 0 (FILL) failed",
        f"leaves the shape of input 'serving_default_data:0' open ([-1, 6]){OPEN}",
    ),
}
# Accepted again, but by TFLM of 2020 only in one more step: it lacks the one operator that is left.
STILL_TODAYS = {
    "open_lstm_after.tflite": "UNIDIRECTIONAL_SEQUENCE_LSTM version 1",
    "weights_alone_after.tflite": "TRANSPOSE_CONV version 4",
    "weights_alone_after2.tflite": "TRANSPOSE_CONV version 4",
}
AFTER = sorted(name for name in FILES if "_after" in name)


def message(path_or_model) -> str | None:
    model = read_model(path_or_model) if isinstance(path_or_model, pathlib.Path) else path_or_model
    try:
        compatibility.select_for_models([model], LINKED, [verdict.ask(JUDGE, model.content)])
    except compatibility.UnsupportedModelError as error:
        return str(error).removeprefix(f"{model.path}: ")
    return None


def values(details, random) -> np.ndarray:
    shape, dtype = tuple(details["shape"]), np.dtype(details["dtype"])
    if dtype.kind == "f":
        return random.uniform(0.5, 1, shape).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, endpoint=True).astype(dtype)


def run_wheel(content: bytes, samples: int = 3) -> list[bytes]:
    model = parse_model(content, "m")
    wheel = TflmWheel(content, outputs=len(model.main.outputs))
    random = np.random.default_rng(1)
    found = []
    for _ in range(samples):
        inputs = [values(wheel.input_details(i), random) for i in range(len(model.main.inputs))]
        found += [output.tobytes() for output in wheel.run(inputs)]
    return found


@pytest.mark.parametrize("name", sorted(NEVER))
def test_what_no_tflm_runs_is_refused_with_its_fix(name):
    assert (
        message(FILES[f"{name}_before.tflite"]) == f"{NEVER[name]} (linked is TFLM {LINKED.name})"
    )


@pytest.mark.parametrize("name", sorted(BY_2020))
def test_what_todays_tflm_runs_is_refused_by_that_of_2020_with_both_ways(name):
    path = FILES[f"{name}_before.tflite"]
    if TODAY:
        assert message(path) is None
    else:
        expected = f"{BY_2020[name]}{OR_TODAYS} (linked is TFLM {LINKED.name})"
        assert message(path) == expected
    # What is promised of today's: the official wheel's kernels are of today.
    assert len(set(run_wheel(path.read_bytes()))) > 1


@pytest.mark.parametrize("name", AFTER)
def test_a_model_made_again_as_the_message_says_is_accepted(name):
    lacking = None if TODAY else STILL_TODAYS.get(name)
    if lacking is None:
        assert message(FILES[name]) is None
    else:
        assert message(FILES[name]) == (
            f"the linked TFLM ({LINKED.name}) has no operator {lacking}; today's TFLM has kernels"
            " for it: build with --repo_env=MNIST_MICRO_SOURCES=upstream"
        )
    assert len(set(run_wheel(read_model(FILES[name]).content))) > 1


def test_every_model_that_is_refused_has_one_that_is_accepted():
    before = {name.split("_before")[0] for name in FILES if "_before.tflite" in name}
    assert before == NEVER.keys() | BY_2020.keys() | FAILS.keys() | {"missing"}
    assert before < {name.split("_after")[0] for name in AFTER}


def test_operators_that_no_tflm_has_are_named():
    others = "" if TODAY else ", and neither has today's"
    assert message(FILES["missing_before.tflite"]) == (
        f"the linked TFLM ({LINKED.name}) has no operator POW version 1{others}: write the model"
        " without it"
    )


@pytest.mark.parametrize("name", sorted(FAILS))
def test_a_kernel_that_fails_is_explained(name):
    failed, told = FAILS[name]
    model = read_model(FILES[f"{name}_before.tflite"])
    with pytest.raises(RuntimeError):
        run_wheel(model.content)
    assert model_facts.explain(model, [failed], LINKED) == [told, failed]
    assert model_facts.explain(model, [], LINKED) == []


def conv(dtype: str, operator: str = "CONV_2D") -> bytes:
    return build_graphs(
        GraphSpec(
            [
                TensorSpec((1, 4, 4, 1), dtype, "in", scales=(0.5,), zero_points=(0,)),
                TensorSpec((1, 3, 3, 1), dtype, "w", bytes(9), scales=(0.5,), zero_points=(0,)),
                TensorSpec((1, 2, 2, 1), dtype, "out", scales=(0.5,), zero_points=(0,)),
            ],
            [NodeSpec(operator, (0, 1, -1), (2,))],
            outputs=(2,),
        )
    )


@pytest.mark.parametrize(
    ("operator", "told"),
    [
        ("ethos-u", "is compiled for Arm's Ethos-U (custom operator ethos-u): take the file from"
         " before Vela"),
        ("edgetpu-custom-op", "is compiled for the Edge TPU (custom operator edgetpu-custom-op):"
         " take the file from before edgetpu_compiler"),
        ("NeutronGraph", "is compiled for NXP's Neutron (custom operator NeutronGraph): take the"
         " file from before the Neutron converter"),
        ("DISPATCH_OP", "is compiled for an NPU (custom operator DISPATCH_OP): take the file from"
         " before LiteRT's compiler"),
    ],
)  # fmt: skip
def test_files_compiled_for_an_accelerator(operator, told):
    compiled = parse_model(conv("int8", operator), "m")
    assert message(compiled) == f"{told} (linked is TFLM {LINKED.name})"
    assert message(parse_model(conv("int8"), "m")) is None


def test_models_quantized_to_uint8():
    if TODAY:
        assert message(parse_model(conv("uint8"), "m")) == (
            f"is quantized to uint8: quantize it to int8 with {FULL_INT8} (linked is TFLM"
            f" {LINKED.name})"
        )
    assert message(parse_model(conv("int8"), "m")) is None


def test_contents_in_another_file():
    def model(external: int) -> bytes:
        tensors = [
            TensorSpec((2,), "float32", "in"),
            TensorSpec((2,), "float32", "w", bytes(8), external_buffer=external),
            TensorSpec((2,), "float32", "out"),
        ]
        return build_graphs(GraphSpec(tensors, [NodeSpec("ADD", (0, 1), (2,))], outputs=(2,)))

    assert message(parse_model(model(1), "m")) == (
        "tensor 1 of subgraph 0 ('w') has its contents in another file, which TFLM doesn't read:"
        f" make the model with its weights in one file (linked is TFLM {LINKED.name})"
    )
    assert message(parse_model(model(0), "m")) is None


def test_every_kind_of_fact_is_tried_here():
    kinds = set(re.findall(r'Fact\(\s*"(\w+)"', inspect.getsource(model_facts)))
    tried = {"accelerator", "another_file", "uint8"}
    for name, path in FILES.items():
        if name.endswith("_before.tflite"):
            tried |= {fact.key for fact in model_facts.find_facts(read_model(path))}
    assert kinds == tried


def test_contents_outside_of_the_tables_come_inside_with_the_same_outputs():
    path = FILES["outside_after.tflite"]
    model = read_model(path)
    assert model.was_inlined
    assert b"outside flatbuffers" in path.read_bytes()
    random, outputs = np.random.default_rng(1), ([], [])
    both = LiteRt(path.read_bytes()), LiteRt(model.content)
    for _ in range(50):
        data = random.uniform(-1, 1, (1, 8, 8, 1)).astype(np.float32)
        for interpreter, found in zip(both, outputs, strict=True):
            found.append(interpreter.run([data])[0].tobytes())
    assert outputs[0] == outputs[1]
    assert len(set(outputs[0])) == 50
    # As the file is, TFLM takes the weights for tensors that nothing writes, and says nothing.
    assert run_wheel(path.read_bytes()) != run_wheel(model.content)


CONVERT = "convert the model with tf.lite.TFLiteConverter.from_keras_model first"


@pytest.mark.parametrize(
    ("name", "converted", "told"),
    [
        (
            "model.keras",
            "keras_after.tflite",
            f"is a .keras file, not a .tflite file: load it in Keras and {CONVERT}",
        ),
        (
            "model.h5",
            "h5_after.tflite",
            "is an HDF5 file, as Keras writes (.h5), not a .tflite file: load it in Keras and"
            f" {CONVERT}",
        ),
        (
            "saved_model.pb",
            "saved_model_after.tflite",
            "is a SavedModel, not a .tflite file: convert it with"
            " tf.lite.TFLiteConverter.from_saved_model first",
        ),
    ],
)
def test_models_that_are_not_converted_yet(name, converted, told):
    with pytest.raises(ModelError) as error:
        read_model(FILES[name])
    assert str(error.value) == f"{FILES[name]}: {told}"
    # make_models.py loads each again and converts it.
    assert message(FILES[converted]) is None


def _from_zip(packed: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return archive.read("net/m.tflite")


def _from_tar(packed: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        file = archive.extractfile("m.tflite")
        assert file is not None
        return file.read()


def _zipped(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("net/m.tflite", content)
    return file.getvalue()


def _tarred(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("m.tflite")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize(
    ("pack", "unpack", "told"),
    [
        (
            gzip.compress,
            gzip.decompress,
            "is compressed by gzip: unpack it first (gunzip < FILE > NEW_FILE)",
        ),
        (
            bz2.compress,
            bz2.decompress,
            "is compressed by bzip2: unpack it first (bunzip2 < FILE > NEW_FILE)",
        ),
        (
            lzma.compress,
            lzma.decompress,
            "is compressed by xz: unpack it first (unxz < FILE > NEW_FILE)",
        ),
        (
            _zipped,
            _from_zip,
            "is a zip archive: unpack net/m.tflite from it with unzip first",
        ),
        (
            _tarred,
            _from_tar,
            "is a tar archive: unpack it with tar -xf first",
        ),
    ],
)
def test_models_that_are_packed(pack, unpack, told):
    packed = pack(FILES["hybrid_after.tflite"].read_bytes())
    with pytest.raises(ModelError) as error:
        parse_model(packed, "m.tflite")
    assert str(error.value) == f"m.tflite: {told}"
    assert message(parse_model(unpack(packed), "m.tflite")) is None
