# SPDX-License-Identifier: Apache-2.0
"""layers_test: which folder may use which, by the build graph.

A target uses what any of its attributes names, also those that a rule adds by itself, such as its
generators. Not seen are the `load` statements of .bzl files, and aliases, which Bazel replaces by what they stand
for. Targets of tests may use more, but no target of a generic folder may need a trained network.
"""

load(":graph_tests.bzl", "used_targets", "verdict_script")

# From the ground up: folder to the other folders that its targets may use. tests/, benchmarks/ and e2e/ may use
# everything, and nothing but report/ uses them; third_party/ may be used by all.
_MAY_USE = {
    # Its runtime and classes go into programs; the compiler itself knows no engine.
    "aot": ["codegen", "inference", "tflite", "tools"],
    # Compares with the official wheel.
    "aot/testing": ["aot", "reference", "tflite", "tools"],
    "codegen": ["tflite", "tools"],
    "convert": ["tflite", "tools", "train"],
    "firmware": ["codegen", "host", "inference", "rules", "tflite", "tflm", "tools"],
    "host": [],
    "inference": [],
    "inference/host": ["host", "inference"],
    "inspector": ["aot", "pages", "tflite", "tflm", "tools"],
    "micro": ["aot", "codegen", "convert", "firmware", "host", "inference", "inference/host", "quantization", "rules", "tflite", "tflm", "tools", "train"],
    "pages": [],
    "quantization": ["aot", "pages", "tflite", "tools"],
    "reference": ["tools"],
    # The page of the whole chain: everything but examples.
    "report": ["aot", "benchmarks", "codegen", "convert", "firmware", "host", "inference", "inference/host", "micro", "pages", "quantization", "rules", "tests", "tflite", "tflm", "tools", "train"],
    "rules": ["aot", "codegen", "host", "inference", "inference/host", "quantization", "reference", "tflite", "tflm", "tools"],
    "tflite": ["tools"],
    "tflm": ["codegen", "host", "inference", "tflite", "tools"],
    # Its classes come from the rules.
    "tflm/testing": ["codegen", "host", "inference", "inference/host", "rules", "tflite", "tflm", "tools"],
    "tools": [],
    "tools/inspect": ["inspector"],
    "train": ["tools"],
    # Its page shows MNIST's network, and which engines have a model's operators.
    "web": ["aot", "convert", "inference/host", "micro", "rules", "tflite", "tflm", "tools"],
}
_FOR_ALL = ["third_party"]

# Folders whose tests may need a trained network.
_MAY_BE_TRAINED = ["convert", "micro", "report", "train", "web"]

LayersInfo = provider(
    doc = "What lies on the way to a target.",
    fields = {
        "edges": "Depset of structs: user and used (labels), is_test.",
        "needs_training": "Whether the target depends on one of the trained packages.",
        "trained_tests": "Depset of the labels of test targets that do.",
    },
)

_TRAINED = ["train", "convert"]

def _is_ours(label):
    return not label.workspace_name

def _is_in(package, folder):
    return package == folder or package.startswith(folder + "/")

def _aspect_impl(target, ctx):
    used = used_targets(ctx)
    below = [dependency[LayersInfo] for dependency in used if LayersInfo in dependency]
    is_test = ctx.rule.kind.endswith("_test")
    needs_training = any([info.needs_training for info in below]) or (
        _is_ours(target.label) and any([_is_in(target.label.package, folder) for folder in _TRAINED])
    )
    edges = [
        struct(is_test = is_test, used = str(dependency.label), user = str(target.label))
        for dependency in used
        if _is_ours(target.label) and _is_ours(dependency.label)
    ]
    return [LayersInfo(
        edges = depset(edges, transitive = [info.edges for info in below]),
        needs_training = needs_training,
        trained_tests = depset(
            [str(target.label)] if is_test and needs_training else [],
            transitive = [info.trained_tests for info in below],
        ),
    )]

_layers_aspect = aspect(
    implementation = _aspect_impl,
    # Else a generated file hides what made it.
    apply_to_generating_rules = True,
    attr_aspects = ["*"],
    doc = "Collects what uses what along every attribute: dependencies, data, tools, sources.",
)

def _package(label):
    return label.removeprefix("@@").removeprefix("//").split(":")[0]

def _folder(package, folders):
    found = [folder for folder in folders if _is_in(package, folder)]
    return sorted(found, key = len)[-1] if found else None

def _layers_test_impl(ctx):
    infos = [target[LayersInfo] for target in ctx.attr.targets]
    package = ctx.label.package
    own = _folder(package, _MAY_USE)
    faults = []
    seen = {}
    for edge in depset(transitive = [info.edges for info in infos]).to_list():
        if _package(edge.user) != package or edge.is_test:
            continue
        used = _package(edge.used)
        other = _folder(used, _MAY_USE) or used.split("/")[0]
        if other in [own, ""] + _FOR_ALL:
            continue
        seen[other] = True
        if other not in _MAY_USE[own]:
            faults.append("{} uses {}: {}/ may not use {}/".format(edge.user, edge.used, own, other))
    if own not in _MAY_BE_TRAINED:
        faults += [
            "{} needs a trained network: {}/ is tested without one".format(label, own)
            for label in depset(transitive = [info.trained_tests for info in infos]).to_list()
            if _package(label) == package
        ]
    faults += [
        "{} is not seen to use {}/: this test looks past it".format(package, folder)
        for folder in ctx.attr.expected
        if folder not in seen
    ]
    return verdict_script(
        ctx,
        found = ["{} targets use {}".format(len(infos), " ".join(sorted(seen)) or "nothing")],
        faults = faults,
    )

_layers_test = rule(
    implementation = _layers_test_impl,
    attrs = {
        "expected": attr.string_list(
            doc = "Folders that the package does use: else the test would look past dependencies.",
        ),
        "targets": attr.label_list(
            allow_files = True,
            aspects = [_layers_aspect],
            doc = "The package's targets.",
        ),
    },
    doc = "Fails if a target uses a folder that its own may not use.",
    # Only a test may depend on tests.
    test = True,
)

def layers_test(*, name = "layers_test", expected = []):
    """Tests what the package's targets use: the last line of a BUILD file.

    Args:
      name: of the test.
      expected: folders that they do use.
    """
    _layers_test(
        name = name,
        size = "small",
        expected = expected,
        targets = [
            rule
            for rule, attributes in native.existing_rules().items()
            # One that can't be built here makes all that depend on it so. Platforms and constraints use nothing.
            if not attributes.get("target_compatible_with") and attributes["kind"].split("_")[0] not in ["constraint", "platform"]
        ],
    )
