# SPDX-License-Identifier: Apache-2.0
"""Breaks the product in many ways, one at a time, and shows which test catches each.

  python3.11 tests/mutations/check.py [--list | [--write] [NAME ...]]

It changes files of the work tree, runs the tests, and puts the files back: start it on a clean work
tree. --list only names the mutations, and checks that each can still be made. --write puts what was
found into caught.md beside this file; the rows of mutations that were not run stay. Exit code 0 if
every mutation was caught, 1 if one was not, 2 if it can't begin.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Sequence

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORD = ROOT / "tests" / "mutations" / "caught.md"
HEADER = (
    "# Which test catches what\n\n"
    "Written by `python3.11 tests/mutations/check.py --write`; do not edit.\n\n"
    "| mutation | file | caught by |\n|---|---|---|\n"
)
TESTS = (
    "//host/...",
    "//inference/...",
    "//micro/...",
    "//tflite/...",
    "//inspector/...",
    "//codegen/...",
    "//tflm/...",
    "//convert/...",
    "//tests/...",
    # Slow, and about other things: hostile input, and TensorFlow's start-up a dozen times.
    "-//tests/fuzz/...",
    "-//tests:commands_cli_test",
)
_FAILED = re.compile(r"^(//\S+)\s+(FAILED TO BUILD|FAILED|TIMEOUT|NO STATUS)", re.MULTILINE)


@dataclasses.dataclass(frozen=True)
class Mutation:
    """One way to break the product.

    Attributes:
      name: what is wrong then.
      file: which file is changed, relative to the root.
      old: the text to replace; it must be there exactly once.
      new: what takes its place.
      tests: what is run.
    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...] = TESTS


MUTATIONS = (
    Mutation(
        "zero point off by one",
        "inference/tensor.h",
        "static_cast<float>(zero_point);",
        "static_cast<float>(zero_point + 1);",
    ),
    Mutation(
        "rows and columns swapped",
        "micro/classify.h",
        "static_cast<float>(pixels[i])",
        "static_cast<float>(pixels[i % 28 * 28 + i / 28])",
    ),
    Mutation(
        "stride of the idx reader off by one",
        "micro/image_reader.cc",
        "kIdxHeaderBytes + index * image.size()",
        "kIdxHeaderBytes + index * (image.size() + 1)",
    ),
    Mutation(
        "arena a byte too small",
        "tflm/model.h",
        "(Traits::kArenaSize + 15) / 16 * 16",
        "Traits::kArenaSize - 1",
    ),
    Mutation(
        "arena measured by allocation alone",
        "tflm/arena_trial.cc",
        "  const Fault fault = RunOnce(model, interpreter, first);\n"
        "  return fault.text != nullptr ? fault : RunOnce(model, interpreter, second);\n",
        "  first.bytes = second.bytes = 1;\n  return {};\n",
    ),
    Mutation(
        "last of equal scores wins",
        "inference/tensor.h",
        "if (values[i] > values[best])",
        "if (values[i] >= values[best])",
    ),
    Mutation(
        "model not verified",
        "tflm/model.h",
        "if (Crc32(Traits::kModel, Traits::kModelSize) != Traits::kModelCrc32) {",
        "if (false) {",
    ),
    Mutation(
        "bad input exits with 1",
        "micro/host_program.h",
        "constexpr int kExitBadInput = 2;",
        "constexpr int kExitBadInput = 1;",
    ),
    Mutation(
        "probabilities without the zero point",
        "inference/tensor.h",
        "static_cast<float>(static_cast<std::int32_t>(value) - zero_point)",
        "static_cast<float>(static_cast<std::int32_t>(value) + zero_point)",
    ),
    Mutation(
        "operator dropped from the resolver",
        "tflm/op_resolver.py",
        "        for operator, registration in selected\n",
        "        for operator, registration in selected[1:]\n",
    ),
    Mutation(
        "array not aligned",
        "codegen/c_array.py",
        "alignas(16) const",
        "alignas(1) const",
    ),
    Mutation(
        "one bit of the array changed",
        "codegen/c_array.py",
        '", ".join(f"0x{byte:02x}"',
        '", ".join(f"0x{byte ^ (i == 12):02x}"',
    ),
    Mutation(
        "sample image of another class",
        "micro/BUILD.bazel",
        '--label=1"',
        '--label=7"',
    ),
    Mutation(
        "float32 model where int8 is expected",
        "micro/BUILD.bazel",
        """    name = "mnist_model_tflite",
    src = "//convert:mnist_model_quantized.tflite",""",
        """    name = "mnist_model_tflite",
    src = "//convert:mnist_model.tflite",""",
    ),
    Mutation(
        "float32 output",
        "convert/conversion.py",
        "converter.inference_output_type = tf.int8",
        "converter.inference_output_type = tf.float32",
    ),
    Mutation(
        "calibration on the test set",
        "convert/conversion.bzl",
        """Label("@mnist//:train_images")""",
        """Label("@mnist//:test_images")""",
    ),
    Mutation(
        "calibration on one image",
        "convert/conversion.py",
        "[:CALIBRATION_IMAGES])",
        "[:1])",
    ),
    Mutation(
        "wrong label file",
        "convert/conversion.bzl",
        """" --labels=$(execpath {})".format(labels)),""",
        """" --labels=$(execpath {})".format(images)),""",
    ),
    Mutation(
        "last images not evaluated",
        "convert/evaluation.py",
        "for start in range(0, len(images), BATCH):",
        "for start in range(0, len(images) - BATCH, BATCH):",
    ),
    Mutation(
        "sizes swapped in the analysis",
        "convert/size_analysis.py",
        "return self.keras_bytes / self.tflite_bytes",
        "return self.tflite_bytes / self.keras_bytes",
    ),
    Mutation(
        "outputs written in place",
        "tools/command.py",
        'temporary = target.with_name(f".partial-{os.getpid()}-{number}")',
        "temporary = target",
        # The training depends on this file: all tests would take minutes for it.
        ("//tools:command_test",),
    ),
    Mutation(
        "outputs may be inputs",
        "tools/command.py",
        "if identity is not None and identity in taken:",
        "if False:",
        ("//tools:command_test",),
    ),
    Mutation(
        "one scale for all channels of a dense layer",
        "third_party/tflite_micro/backport.patch",
        "+      const ChannelScale& scale = data.per_channel[c];",
        "+      const ChannelScale& scale = data.per_channel[0];",
        ("//tests/rules/...",),
    ),
    Mutation(
        "scales per channel not refused",
        "tflm/compatibility.py",
        "or node.operator.custom or registration.per_channel:",
        "or True:",
        ("//tflm:compatibility_test", "//tests/rules/...", "//tests/converted_models/..."),
    ),
    Mutation(
        "a crash of TFLM counts as a run",
        "tflm/host/judge.cc",
        "if (WIFSIGNALED(status)) {",
        "if (false) {",
        ("//tflm/...",),
    ),
    Mutation(
        "the judge is not asked",
        "tflm/compatibility.py",
        "    if answer.runs:\n",
        "    if True:\n",
        ("//tflm/...", "//tests/converted_models/..."),
    ),
    Mutation(
        "a folder uses one above it",
        "host/BUILD.bazel",
        '    hdrs = ["json.h"],\n',
        '    hdrs = ["json.h"],\n    deps = ["//inference"],\n',
        ("//host:layers_test",),
    ),
    Mutation(
        "stalled upload never hung up",
        "tools/remote_cache/relay.py",
        'struct.pack("ll", self._send_timeout, 0)',
        'struct.pack("ll", 0, 0)',
        ("//tools/remote_cache:relay_test",),
    ),
    Mutation(
        "compiled: padding on the wrong side",
        "aot/kernels/common.py",
        "return Window(size, stride, dilation, total // 2)",
        "return Window(size, stride, dilation, total - total // 2)",
        ("//aot/kernels:pooling_test",),
    ),
    Mutation(
        "compiled: strides swapped",
        "aot/kernels/convolution.py",
        '"stride_h": down.stride,',
        '"stride_h": across.stride,',
        ("//aot/kernels:convolution_test",),
    ),
    Mutation(
        "compiled: rounded once",
        "aot/runtime/requantize.h",
        "return shift_right(multiply_high((int32_t)((uint32_t)x << left), multiplier), right);",
        "const int32_t by = 31 + right - left;\n"
        "  return (int32_t)(((int64_t)x * multiplier + ((int64_t)1 << (by - 1))) >> by);",
        ("//aot/kernels:convolution_test",),
    ),
    Mutation(
        "compiled: no lower limit",
        "aot/runtime/clamp.h",
        "x = x < lowest ? lowest : x;",
        "(void)lowest;",
        ("//aot/kernels:pooling_test",),
    ),
    Mutation(
        "compiled: live values overlap",
        "aot/plan.py",
        "(first[placed] <= last[i]) & (first[i] <= last[placed])",
        "(first[placed] < last[i]) & (first[i] < last[placed])",
        ("//aot:plan_test",),
    ),
    Mutation(
        "compiled: in place though still read",
        "aot/plan.py",
        "if buffers[value].last <= now and last_use[value] <= now:",
        "if True:",
        ("//aot:plan_test",),
    ),
    Mutation(
        "compiled: variables not set at first",
        "aot/emit.py",
        'text += f"  {name}_reset(model);\\n}}\\n\\n"',
        'text += "}\\n\\n"',
        ("//aot:subgraphs_test",),
    ),
    Mutation(
        "compiled: zero point with the wrong sign",
        "aot/kernels/int8_layer.py",
        "total = total - op.input(0).zero_point * weights",
        "total = total + op.input(0).zero_point * weights",
        ("//aot/kernels:fully_connected_test",),
    ),
    Mutation(
        "compiled: weights of the wrong group",
        "aot/runtime/conv_2d_int8.h",
        "layer.weights += filters * taps;",
        "layer.weights += filters;",
        ("//aot/kernels:convolution_test",),
    ),
    Mutation(
        "compiled: weights not interleaved",
        "aot/kernels/int8_layer.py",
        "blocks.transpose(0, 2, 1).ravel()",
        "blocks.ravel()",
        ("//aot/kernels:fully_connected_test",),
    ),
    Mutation(
        "compiled: a row of a buffer too few",
        "aot/kernels/row_schedule.py",
        "max(made[producers[value]][step] - oldest[value][step] for step in range(count))",
        "max(made[producers[value]][step] - oldest[value][step] - 1 for step in range(count))",
        ("//aot/passes:chains_test",),
    ),
    Mutation(
        "compiled: the border of an image that is made by rows is lost",
        "aot/kernels/row_schedule.py",
        "max(0, -top)",
        "0",
        ("//aot/passes:chains_test",),
    ),
    Mutation(
        "compiled: any padding folded",
        "aot/passes/folded_padding.py",
        "and bool((value.data == zero).all())",
        "",
        ("//aot/passes:folded_padding_test",),
    ),
    Mutation(
        "compiled: values of another scale taken for one another",
        "aot/graph.py",
        "_as_numbers(a) == _as_numbers(b)",
        "True",
        (
            "//aot/passes:fused_activations_test",
            "//aot/passes:merged_tables_test",
            "//aot/passes:chains_test",
        ),
    ),
    Mutation(
        "compiled: one place of a pooled pair left out",
        "aot/runtime/dense_max_int8.h",
        "a1 = a1 > b1 ? a1 : b1;",
        "",
        ("//aot/passes:pooled_convolutions_test",),
    ),
    Mutation(
        "compiled: constant channels left out where the border sees another number",
        "aot/passes/constant_channels.py",
        " and not channel_ranges.sees_all(op)",
        " and False",
        ("//aot/passes:constant_channels_test",),
    ),
    Mutation(
        "compiled: averages rounded down",
        "aot/runtime/average_pool_2d_int8.h",
        "sum > 0 ? count / 2 : -(count / 2)",
        "0",
        ("//aot/kernels:pooling_test",),
    ),
    Mutation(
        "compiled: one difference too few in softmax",
        "aot/runtime/row_exponentials.h",
        "if (difference < lowest) continue;",
        # Without the second condition sums of 0 would make it endless.
        "if (difference <= lowest && difference < 0) continue;",
        ("//aot/kernels:softmax_test",),
    ),
    Mutation(
        "pictures: bright and dark ink mixed up",
        "micro/pictures/ink.py",
        "return (direction if np.sum(along**3) >= 0 else -direction)",
        "return (direction if np.sum(along**3) < 0 else -direction)",
        ("//micro/pictures:ink_test",),
    ),
    Mutation(
        "pictures: turned to the wrong side",
        "micro/pictures/picture_reader.py",
        "6: Image.Transpose.ROTATE_270",
        "6: Image.Transpose.ROTATE_90",
        ("//micro/pictures:picture_reader_test",),
    ),
)


def failing_tests(tests: Sequence[str]) -> list[str]:
    """Runs tests.

    Args:
      tests: target patterns.

    Returns:
      Labels of the tests that failed or could not be built, sorted; ["build"] if the build broke
      before any test.
    """
    result = subprocess.run(
        ["./bazelw", "test", "--keep_going", "--test_output=summary", "--", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    failed = sorted({match.group(1) for match in _FAILED.finditer(result.stdout + result.stderr)})
    if result.returncode and not failed:
        return ["build"]
    return failed


def stale() -> list[str]:
    """Finds mutations that can't be made any more, as the product has changed.

    Returns:
      A line for each, with the file and the text that is not there exactly once.
    """
    return [
        f"{mutation.file}: not exactly once there: {mutation.old!r} ({mutation.name})"
        for mutation in MUTATIONS
        if not (ROOT / mutation.file).exists()
        or (ROOT / mutation.file).read_text().count(mutation.old) != 1
    ]


def check(mutation: Mutation) -> list[str]:
    """Applies a mutation, runs the tests and takes it back.

    Args:
      mutation: what to break; not a stale one.

    Returns:
      The tests that caught it.
    """
    path = ROOT / mutation.file
    original = path.read_text()
    try:
        path.write_text(original.replace(mutation.old, mutation.new))
        return failing_tests(mutation.tests)
    finally:
        path.write_text(original)


def tests_of(mutations: Sequence[Mutation]) -> list[str]:
    """Lists what must pass before a mutation is made: a test that fails anyway catches nothing.

    Args:
      mutations: those that will be made.

    Returns:
      Their target patterns, each once.
    """
    return list(dict.fromkeys(test for mutation in mutations for test in mutation.tests))


def row(mutation: Mutation, caught: Sequence[str]) -> str:
    """Writes what caught a mutation as a row of a table.

    Args:
      mutation: the mutation.
      caught: the tests that caught it.

    Returns:
      One line of Markdown, without its end.
    """
    by = ", ".join(f"`{label}`" for label in caught) or "**nothing**"
    return f"| {mutation.name} | `{mutation.file}` | {by} |"


def record(text: str, found: dict[str, str]) -> str:
    """Puts rows into the record.

    Args:
      text: the record as it is; may be empty.
      found: new rows by the mutation's name.

    Returns:
      The record: the mutations of today in their order, each with its new row or else the old one.
    """
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    rows = {line.removeprefix("| ").partition(" | ")[0]: line for line in lines} | found
    return HEADER + "".join(f"{rows[m.name]}\n" for m in MUTATIONS if m.name in rows)


def main(names: list[str]) -> int:
    """Checks the mutations of the given names, or all, or with --list that they can be made."""
    write = "--write" in names
    names = [name for name in names if name != "--write"]
    if lines := stale():
        print("\n".join(f"check: {line}" for line in lines), file=sys.stderr)
        return 2
    if names == ["--list"]:
        print("\n".join(mutation.name for mutation in MUTATIONS))
        return 0
    unknown = set(names) - {mutation.name for mutation in MUTATIONS}
    if unknown:
        print(f"check: no mutation {sorted(unknown)[0]!r}", file=sys.stderr)
        return 2
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    if status.stdout:
        print("check: the work tree has changes: commit them first", file=sys.stderr)
        return 2
    chosen = [mutation for mutation in MUTATIONS if not names or mutation.name in names]
    if failed := failing_tests(tests_of(chosen)):
        print(f"check: without a mutation these fail: {', '.join(failed)}", file=sys.stderr)
        return 2
    missed = 0
    found = {}
    print("| mutation | file | caught by |\n|---|---|---|", flush=True)
    for mutation in chosen:
        start = time.monotonic()
        caught = check(mutation)
        missed += not caught
        found[mutation.name] = row(mutation, caught)
        print(found[mutation.name], flush=True)
        print(f"  {mutation.name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    if write:
        old = RECORD.read_text() if RECORD.exists() else ""
        RECORD.write_text(record(old, found))
    print(f"\n{len(chosen) - missed} of {len(chosen)} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
