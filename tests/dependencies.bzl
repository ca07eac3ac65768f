# SPDX-License-Identifier: Apache-2.0
"""Tests of what targets depend on.

one_tensorflow_test: no Python program reaches both TensorFlows.
independent_test: targets do not depend on certain others.
"""

load("@rules_python//python:defs.bzl", "PyInfo")
load("//tools:graph_tests.bzl", "used_targets", "verdict_script")

_WORLDS = ["pip_train_", "pip_convert_"]

OneTensorflowInfo = provider(
    doc = "What was found on the way to a target.",
    fields = {
        "mixed": "Depset of the labels of Python targets that reach both worlds.",
        "python": "Depset of the labels of Python targets that were looked at.",
        "worlds": "Depset of the worlds that any of them reaches.",
    },
)

def _aspect_impl(target, ctx):
    mixed = []
    python = []
    worlds = {}
    if PyInfo in target and not target.label.workspace_name:
        python.append(str(target.label))
        files = target[DefaultInfo].default_runfiles.files.to_list() + target[PyInfo].transitive_sources.to_list()
        worlds = {
            world: True
            for world in _WORLDS
            for file in files
            if "~wheels~" + world in file.path
        }
        if len(worlds) > 1:
            mixed.append(str(target.label))
    below = [
        dependency[OneTensorflowInfo]
        for dependency in used_targets(ctx)
        if OneTensorflowInfo in dependency
    ]
    return [OneTensorflowInfo(
        mixed = depset(mixed, transitive = [info.mixed for info in below]),
        python = depset(python, transitive = [info.python for info in below]),
        worlds = depset(worlds.keys(), transitive = [info.worlds for info in below]),
    )]

_aspect = aspect(
    implementation = _aspect_impl,
    # Else a generated file hides what made it.
    apply_to_generating_rules = True,
    attr_aspects = ["*"],
    doc = "Collects Python targets along every attribute: dependencies, data, tools, sources.",
)

def _test_impl(ctx):
    infos = [target[OneTensorflowInfo] for target in ctx.attr.targets]
    mixed = depset(transitive = [info.mixed for info in infos]).to_list()
    python = depset(transitive = [info.python for info in infos]).to_list()
    worlds = depset(transitive = [info.worlds for info in infos]).to_list()
    missing = [world for world in _WORLDS if world not in worlds]
    faults = ["{} reaches both TensorFlows".format(label) for label in mixed]
    faults += ["no target reaches {}: this test looks past it".format(world) for world in missing]
    if len(python) < ctx.attr.at_least:
        faults.append("fewer than {} Python targets: this test looks past them".format(ctx.attr.at_least))
    return verdict_script(
        ctx,
        found = ["looked at {} Python targets".format(len(python))],
        faults = faults,
    )

one_tensorflow_test = rule(
    implementation = _test_impl,
    attrs = {
        "at_least": attr.int(
            default = 1,
            doc = "How many Python targets must have been looked at: fewer means that the test looks past them.",
        ),
        "targets": attr.label_list(
            aspects = [_aspect],
            doc = "Where to start; everything that these depend on is looked at.",
        ),
    },
    doc = "Fails if a Python target's files come from both the training and the conversion world.",
    test = True,
)

DependenciesInfo = provider(
    doc = "What a target depends on.",
    fields = {"labels": "Depset of the labels of the target and all that it depends on."},
)

def _dependencies_aspect_impl(target, ctx):
    return [DependenciesInfo(labels = depset([str(target.label)], transitive = [
        dependency[DependenciesInfo].labels
        for dependency in used_targets(ctx)
        if DependenciesInfo in dependency
    ]))]

_dependencies_aspect = aspect(
    implementation = _dependencies_aspect_impl,
    # Else a generated file hides what made it.
    apply_to_generating_rules = True,
    attr_aspects = ["*"],
    doc = "Collects labels along every attribute: dependencies, data, tools, sources.",
)

def _independent_test_impl(ctx):
    forbidden = {str(target.label): True for target in ctx.attr.forbidden}
    found = []
    faults = []
    for target in ctx.attr.targets:
        labels = target[DependenciesInfo].labels.to_list()
        found.append("{} depends on {} targets".format(target.label, len(labels)))
        faults += ["{} depends on {}".format(target.label, label) for label in labels if label in forbidden]
        if str(ctx.attr.expected.label) not in labels:
            faults.append("{} is not seen to depend on {}".format(target.label, ctx.attr.expected.label))
    return verdict_script(ctx, found = found, faults = faults)

independent_test = rule(
    implementation = _independent_test_impl,
    attrs = {
        "expected": attr.label(
            doc = "What every target does depend on: else the test would look past dependencies.",
        ),
        "forbidden": attr.label_list(
            allow_files = True,
            doc = "What none of the targets may depend on.",
        ),
        "targets": attr.label_list(
            aspects = [_dependencies_aspect],
            doc = "Whose dependencies are looked at, direct and indirect.",
        ),
    },
    doc = "Fails if a target depends on another that is forbidden to it.",
    test = True,
)
