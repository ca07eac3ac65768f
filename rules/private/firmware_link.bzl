# SPDX-License-Identifier: Apache-2.0
"""Linking a program for a chip.

As cc_common.link would, but by our own program: it says in plain words by how much a program does not fit, and has
the linker write a map.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@rules_cc//cc:action_names.bzl", "ACTION_NAMES")
load("@rules_cc//cc:find_cc_toolchain.bzl", "find_cc_toolchain", "use_cc_toolchain")
load("@rules_cc//cc/common:cc_common.bzl", "cc_common")
load("@rules_cc//cc/common:cc_info.bzl", "CcInfo")
load("//rules:providers.bzl", "ExecEnvInfo")
load(":chip.bzl", "OPTIMIZE")

# What a rule that links has.
FIRMWARE_LINK = struct(
    attrs = {
        "copts": attr.string_list(
            doc = "Flags for the compiler.",
        ),
        "deps": attr.label_list(
            doc = "What the program is linked with, the exec_env among them.",
            providers = [CcInfo],
        ),
        "exec_env": attr.label(
            doc = "Where it runs.",
            mandatory = True,
            providers = [ExecEnvInfo],
        ),
        "srcs": attr.label_list(
            allow_files = True,
            doc = "The program's sources.",
        ),
        "_cc_toolchain": attr.label(
            default = Label("@bazel_tools//tools/cpp:current_cc_toolchain"),
            doc = "For find_cc_toolchain.",
        ),
        "_link": attr.label(
            cfg = "exec",
            default = Label("//firmware:link"),
            executable = True,
        ),
        "_no_source": attr.label(
            allow_single_file = True,
            default = Label("//firmware/runtime:no_source.c"),
        ),
        "_optimize": attr.label(
            default = Label(OPTIMIZE),
            providers = [BuildSettingInfo],
        ),
    },
    fragments = ["cpp"],
    toolchains = use_cc_toolchain(),
)

_HEADERS = ["h", "hh", "hpp", "inc"]

def _of_rule(ctx):
    """What a rule with FIRMWARE_LINK's attributes links."""
    if not ctx.attr.exec_env[ExecEnvInfo].linker_script:
        fail("{} has no linker_script: give it one, or a base that has one".format(ctx.attr.exec_env.label))
    compiled = [file for file in ctx.files.srcs if file.extension not in _HEADERS]
    return struct(
        copts = [
            ctx.expand_make_variables("copts", ctx.expand_location(flag, ctx.attr.srcs), {})
            for flag in ctx.attr.copts
        ],
        environment = ctx.attr.exec_env.label.name,
        infos = [dep[CcInfo] for dep in ctx.attr.deps],
        link = ctx.executable._link,
        target = None,
        srcs = ctx.files.srcs + ([] if compiled else [ctx.file._no_source]),
    )

def _compile(ctx, toolchain, features, name, program):
    _, outputs = cc_common.compile(
        actions = ctx.actions,
        cc_toolchain = toolchain,
        compilation_contexts = [info.compilation_context for info in program.infos],
        feature_configuration = features,
        name = name,
        private_hdrs = [file for file in program.srcs if file.extension in _HEADERS],
        srcs = [file for file in program.srcs if file.extension not in _HEADERS],
        user_compile_flags = program.copts,
    )
    return outputs.objects

def _library_arguments(library):
    archive = library.static_library or library.pic_static_library
    if not archive:
        return library.objects or library.pic_objects
    if library.alwayslink:
        return ["-Wl,--whole-archive", archive, "-Wl,--no-whole-archive"]
    return [archive]

def _link(ctx, *, name, program, elf, map, outputs, arguments = [], more_flags = []):
    toolchain = find_cc_toolchain(ctx)
    features = cc_common.configure_features(
        cc_toolchain = toolchain,
        ctx = ctx,
        requested_features = ctx.features,
        unsupported_features = ctx.disabled_features,
    )
    objects = _compile(ctx, toolchain, features, name, program)
    info = cc_common.merge_cc_infos(cc_infos = program.infos)
    inputs = info.linking_context.linker_inputs.to_list()
    libraries = [argument for one in inputs for library in one.libraries for argument in _library_arguments(library)]
    flags = [flag for one in inputs for flag in one.user_link_flags]
    variables = cc_common.create_link_variables(
        cc_toolchain = toolchain,
        feature_configuration = features,
        is_linking_dynamic_library = False,
        is_using_linker = True,
        output_file = elf,
    )
    command = ctx.actions.args()
    command.add(program.target or "{}:{}".format(str(ctx.label).removeprefix("@@").split(":")[0], name), format = "--target=%s")
    command.add(program.environment, format = "--environment=%s")
    command.add(map, format = "--map=%s")
    command.add_all(arguments)
    command.add("--")
    command.add(cc_common.get_tool_for_action(
        action_name = ACTION_NAMES.cpp_link_executable,
        feature_configuration = features,
    ))
    command.add_all(cc_common.get_memory_inefficient_command_line(
        action_name = ACTION_NAMES.cpp_link_executable,
        feature_configuration = features,
        variables = variables,
    ))
    command.add_all(objects)
    command.add_all(libraries)
    command.add_all(flags)
    command.add_all(more_flags)
    ctx.actions.run(
        outputs = outputs,
        inputs = depset(
            objects + [argument for argument in libraries if type(argument) == "File"],
            transitive = [depset(one.additional_inputs) for one in inputs] + [toolchain.all_files],
        ),
        executable = program.link,
        arguments = [command],
        env = cc_common.get_environment_variables(
            action_name = ACTION_NAMES.cpp_link_executable,
            feature_configuration = features,
            variables = variables,
        ),
        mnemonic = "FirmwareLink",
        progress_message = "Linking %{output}",
    )

def link_firmware(ctx, *, name):
    """Compiles and links a program for a chip.

    Args:
      ctx: of a rule with what FIRMWARE_LINK has.
      name: of the program.
    Returns:
      The files of the program and of the linker's map.
    """
    elf = ctx.actions.declare_file(name + ".elf")
    map = ctx.actions.declare_file(name + ".map")
    _link(ctx, name = name, elf = elf.path, map = map.path, outputs = [elf, map], program = _of_rule(ctx))
    return elf, map

def map_of_objects(ctx, *, name):
    """Links a program once more, without optimizing it then: its map says which object each function is from.

    Args:
      ctx: of a rule with what FIRMWARE_LINK has.
      name: of the program.
    Returns:
      The file of the map; None if the program is not optimized when it is linked.
    """
    if ctx.attr._optimize[BuildSettingInfo].value == "speed":
        return None
    elf = ctx.actions.declare_file(name + "_objects.elf")
    map = ctx.actions.declare_file(name + "_objects.map")
    _link(
        ctx,
        name = name + "_objects",
        elf = elf.path,
        map = map.path,
        more_flags = ["-fno-lto"],
        outputs = [elf, map],
        program = _of_rule(ctx),
    )
    return map

def link_for_chip(ctx, *, name, source, infos, environment, link, target):
    """Like link_firmware, for a rule that has other attributes.

    Args:
      ctx: of a rule with CC_TOOLCHAINS.
      name: of the program.
      source: the file with its main().
      infos: CcInfo of what it is linked with, the exec_env's among them.
      environment: the exec_env's name, for messages.
      link: FilesToRunProvider of //firmware:link.
      target: what a message calls the program.
    Returns:
      The program's file.
    """
    elf = ctx.actions.declare_file(name + ".elf")
    map = ctx.actions.declare_file(name + ".map")
    program = struct(copts = [], environment = environment, infos = infos, link = link, srcs = [source], target = target)
    _link(ctx, name = name, elf = elf.path, map = map.path, outputs = [elf, map], program = program)
    return elf

def link_firmware_expecting_failure(ctx, *, name):
    """Compiles a program for a chip, and links it, which must fail: for tests.

    Args:
      ctx: of a rule with what FIRMWARE_LINK has.
      name: of the program.
    Returns:
      The file with what is printed.
    """
    printed = ctx.actions.declare_file(name + ".txt")
    _link(
        ctx,
        name = name,
        arguments = ["--failure=" + printed.path],
        elf = printed.path + ".elf",
        map = printed.path + ".map",
        outputs = [printed],
        program = _of_rule(ctx),
    )
    return printed
