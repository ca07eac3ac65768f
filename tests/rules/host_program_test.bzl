# SPDX-License-Identifier: Apache-2.0
"""host_cfg: a program that the build runs is compiled once, and for the build machine."""

# It tests exactly that file.
# buildifier: disable=bzl-visibility
load("//rules/private:host_program.bzl", "host_cfg")

def _elsewhere_impl(_settings, _attr):
    return {"//command_line_option:platforms": [Label("//tests/rules:elsewhere")]}

# A build for another machine.
_elsewhere = transition(
    implementation = _elsewhere_impl,
    inputs = [],
    outputs = ["//command_line_option:platforms"],
)

_PlacesInfo = provider(
    doc = "Where a program is built.",
    fields = {
        "host": "Of host_cfg: the folder of its outputs.",
        "platforms": "Of host_cfg: whether it is for the build machine.",
        "target": "Of the target configuration: the folder of its outputs.",
    },
)

_ForInfo = provider(
    doc = "What a target is for.",
    fields = {
        "host": "Whether it is built for the build machine.",
        "root": "The folder of its outputs.",
    },
)

def _built_for_impl(ctx):
    return [_ForInfo(
        host = ctx.target_platform_has_constraint(ctx.attr._x86_64[platform_common.ConstraintValueInfo]),
        root = ctx.bin_dir.path,
    )]

_built_for = rule(
    implementation = _built_for_impl,
    attrs = {
        "_x86_64": attr.label(default = Label("@platforms//cpu:x86_64")),
    },
    doc = "Says which configuration it is in.",
)

def _places_impl(ctx):
    return [_PlacesInfo(
        host = ctx.attr.host[0][_ForInfo].root,
        platforms = ctx.attr.host[0][_ForInfo].host,
        target = ctx.attr.target[_ForInfo].root,
    )]

_places = rule(
    implementation = _places_impl,
    attrs = {
        "host": attr.label(
            cfg = host_cfg,
            doc = "A program.",
        ),
        "target": attr.label(doc = "The same."),
    },
    doc = "A rule with a program that its actions run.",
)

def _host_program_test_impl(ctx):
    here = ctx.attr.here[_PlacesInfo]
    there = ctx.attr.there[0][_PlacesInfo]
    failures = []
    if here.host != here.target:
        failures.append("built twice: in {} and {}".format(here.host, here.target))
    if there.host == there.target:
        failures.append("a build for elsewhere makes host programs for elsewhere: {}".format(there.host))
    if not here.platforms or not there.platforms:
        failures.append("not for the build machine")
    return [AnalysisTestResultInfo(success = not failures, message = "; ".join(failures))]

_host_program_test = rule(
    implementation = _host_program_test_impl,
    analysis_test = True,
    attrs = {
        "here": attr.label(doc = "A rule with a host program."),
        "there": attr.label(
            cfg = _elsewhere,
            doc = "The same, in a build for another machine.",
        ),
    },
    doc = "Looks at the configurations.",
)

def host_program_test(*, name):
    """Declares the test, and the rule that it looks at.

    Args:
      name: of the test.
    """
    native.platform(
        name = "elsewhere",
        constraint_values = [
            "@platforms//cpu:armv7e-m",
            "@platforms//os:none",
        ],
        tags = ["manual"],
    )
    _built_for(name = name + "_program", tags = ["manual"])
    _places(name = name + "_rule", host = name + "_program", tags = ["manual"], target = name + "_program")
    _host_program_test(name = name, here = name + "_rule", there = name + "_rule")
