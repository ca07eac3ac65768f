"""What the build says of models that the linked TFLM can't run: one line with file and reason.

The program and its flags are those of the rule tflm_op_resolver: of the first action that knows
both model and TFLM, which all that is compiled for the model waits for.
"""

import os
import pathlib
import subprocess

import pytest

MODELS = {pathlib.Path(path).stem: path for path in os.environ["MODELS"].split()}
HYBRID = {
    "hybrid": "operator 1 of subgraph 0 (CONV_2D) is hybrid, float32 with quantized weights: TFLM"
    " has no kernels for that; quantize the activations too, or nothing",
}
REFUSALS = {
    "2020": HYBRID
    | {
        "branching": "has 3 subgraphs: the linked TFLM runs models of one only",
        "global_mean": "operator 1 of subgraph 0 (MEAN) has input of type int8: the linked TFLM's"
        " kernel knows float32",
        "int16x8": "operator 0 of subgraph 0 (CONV_2D) has input of type int16: the linked TFLM's"
        " kernel knows float32, int8, uint8",
        "looping": "has 3 subgraphs: the linked TFLM runs models of one only",
        "requantized": "operator 2 of subgraph 0 (QUANTIZE) has input of type int8: the linked"
        " TFLM's kernel knows float32, int16",
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
