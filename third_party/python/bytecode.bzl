# SPDX-License-Identifier: Apache-2.0
"""Python's files compiled to bytecode, so that no program compiles its packages at each start.

For TensorFlow that is two thirds of the start. Wheels come without bytecode, and an action must not write it beside its
inputs. A shared cache has the bytecode of one machine for all, so their keys are the same whatever their patch
version of Python is.
"""

# Python's name of its bytecode's format.
_TAG = "cpython-311"

def _bytecode_impl(ctx):
    outputs = []
    arguments = ctx.actions.args()
    arguments.use_param_file("%s", use_always = True)
    arguments.set_param_file_format("multiline")
    for file in ctx.files.srcs:
        # `../REPOSITORY/PATH`.
        path = file.short_path.split("/", 2)[2]
        folder, _, name = path.rpartition("/")
        output = ctx.actions.declare_file("{}/__pycache__/{}.{}.pyc".format(folder, name.removesuffix(".py"), _TAG))
        outputs.append(output)
        arguments.add_all([file.path, path, output.path])
    if outputs:
        ctx.actions.run(
            outputs = outputs,
            inputs = ctx.files.srcs,
            executable = ctx.executable._compile,
            arguments = [arguments],
            mnemonic = "CompilePython",
            progress_message = "Compiling the Python package %{label}",
        )
    return [DefaultInfo(files = depset(outputs))]

_bytecode = rule(
    implementation = _bytecode_impl,
    attrs = {
        "srcs": attr.label_list(
            allow_files = [".py"],
            doc = "Python files.",
        ),
        "_compile": attr.label(
            cfg = "exec",
            default = Label("//third_party/python:compile_bytecode"),
            executable = True,
        ),
    },
    doc = "The bytecode of Python files, where Python looks for it: in `__pycache__` beside them.",
)

def _once_impl(ctx):
    files = ctx.attr.bytecode[DefaultInfo].files
    return [DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files))]

_once = rule(
    implementation = _once_impl,
    attrs = {
        "bytecode": attr.label(
            cfg = "exec",
            doc = "The bytecode.",
            mandatory = True,
        ),
    },
    doc = "Bytecode that is made once, not once more for each configuration.",
)

def bytecode(*, name, srcs):
    """Compiles the Python files of a package.

    Args:
      name: of the target.
      srcs: the files.
    """
    _bytecode(
        name = name + "_files",
        srcs = srcs,
        tags = ["manual"],
        visibility = ["//visibility:private"],
    )
    _once(
        name = name,
        bytecode = name + "_files",
        tags = ["manual"],
        visibility = ["//visibility:private"],
    )
