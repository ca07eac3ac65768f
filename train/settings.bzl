# SPDX-License-Identifier: Apache-2.0
"""Build settings of the training, and their values as make variables of a genrule."""

load(":instruction_sets.bzl", "INSTRUCTION_SETS")

_SettingInfo = provider(
    doc = "The value of a build setting.",
    fields = {"value": "int or string"},
)

def _seed_impl(ctx):
    if ctx.build_setting_value < 0:
        fail("--{}={}: must be 0 or more".format(ctx.label, ctx.build_setting_value))
    return _SettingInfo(value = ctx.build_setting_value)

seed_setting = rule(
    implementation = _seed_impl,
    build_setting = config.int(flag = True),
    doc = "A build setting that is a seed of random numbers: 0 or more.",
)

def _instruction_set_impl(ctx):
    if ctx.build_setting_value not in INSTRUCTION_SETS:
        fail("--{}={}: must be one of {}".format(
            ctx.label,
            ctx.build_setting_value,
            ", ".join(INSTRUCTION_SETS),
        ))
    return _SettingInfo(value = ctx.build_setting_value)

instruction_set_setting = rule(
    implementation = _instruction_set_impl,
    build_setting = config.string(flag = True),
    doc = "A build setting that is the name of an instruction set, of `train/instructions.py`.",
)

def _settings_impl(ctx):
    return platform_common.TemplateVariableInfo({
        "INSTRUCTION_SET": ctx.attr.instruction_set[_SettingInfo].value,
        "SEED": str(ctx.attr.seed[_SettingInfo].value),
    })

training_settings = rule(
    implementation = _settings_impl,
    attrs = {
        "instruction_set": attr.label(
            doc = "The setting that becomes $(INSTRUCTION_SET).",
            mandatory = True,
            providers = [_SettingInfo],
        ),
        "seed": attr.label(
            doc = "The setting that becomes $(SEED).",
            mandatory = True,
            providers = [_SettingInfo],
        ),
    },
    doc = "Makes the settings' values known to genrules that have this target in `toolchains`.",
)
