# SPDX-License-Identifier: Apache-2.0
"""What the build says of models that the linked TFLM can't run: one line with file and reason.

The program and its flags are those of the rule tflm_op_resolver: of the first action that knows
both model and TFLM, which all that is compiled for the model waits for.
"""

import json
import os
import pathlib
import subprocess

import pytest

MODELS = {pathlib.Path(path).stem: path for path in os.environ["MODELS"].split()}
LINKED = json.loads(pathlib.Path(os.environ["TFLM"]).read_text())["name"]
FULL_INT8 = (
    "converter.representative_dataset and target_spec.supported_ops ="
    " [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)
HYBRID = {
    "hybrid": "operator 1 of subgraph 0 (CONV_2D) has int8 weights but float32 activations (dynamic"
    f" range quantization), which no TFLM has kernels for: set {FULL_INT8}, or leave out"
    f" converter.optimizations (linked is TFLM {LINKED})",
}
SUBGRAPHS = (
    f"has 3 subgraphs: the linked TFLM ({LINKED}) runs models of one only; today's TFLM has kernels"
    " for it: build with --repo_env=MNIST_MICRO_SOURCES=upstream"
)
REFUSALS = {
    "2020": HYBRID
    | {
        "branching": SUBGRAPHS,
        "global_mean": "operator 1 of subgraph 0 (MEAN) averages int8: in place of"
        " GlobalAveragePooling2D take AveragePooling2D((7, 5)) and Flatten, or build with today's"
        " TFLM, which has kernels: --repo_env=MNIST_MICRO_SOURCES=upstream (linked is TFLM"
        f" {LINKED})",
        "int16x8": f"has int16 activations: quantize them to int8 with {FULL_INT8}, or build with"
        " today's TFLM, which has kernels: --repo_env=MNIST_MICRO_SOURCES=upstream (linked is TFLM"
        f" {LINKED})",
        "looping": SUBGRAPHS,
        "requantized": "operator 2 of subgraph 0 (QUANTIZE) has input of type int8: the linked"
        " TFLM's kernel knows float32, int16; today's TFLM has kernels for it: build with"
        f" --repo_env=MNIST_MICRO_SOURCES=upstream (linked is TFLM {LINKED})",
    },
    "2026": HYBRID,
}[os.environ["YEAR"]]


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_build_refuses_what_does_not_run_and_nothing_else(name, tmp_path):
    output = tmp_path / "op_resolver.h"
    run = subprocess.run(
        [
            pathlib.Path(os.environ["GENERATE"]).absolute(),
            f"--model={MODELS[name]}",
            f"--tflm={os.environ['TFLM']}",
            f"--output={output}",
            "--name=model",
            "--namespace=model",
        ],
        capture_output=True,
        text=True,
    )
    if name in REFUSALS:
        line = f"generate_op_resolver: {MODELS[name]}: {REFUSALS[name]}\n"
        assert (run.returncode, run.stdout, run.stderr) == (2, "", line)
    else:
        assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert output.exists() == (name not in REFUSALS)
