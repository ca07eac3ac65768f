# SPDX-License-Identifier: Apache-2.0
"""firmware_image_test: looks at a program for a real board, without the board."""

load("//rules:providers.bzl", "FirmwareInfo")
load("//rules/private:script.bzl", "script")

def _firmware_image_test_impl(ctx):
    firmware = ctx.attr.firmware[FirmwareInfo]
    files = [firmware.elf, firmware.bin, firmware.hex, firmware.map]
    arguments = ["--{}={}".format(file.extension, file.short_path) for file in files]
    if firmware.uf2:
        files.append(firmware.uf2)
        arguments += [
            "--uf2=" + firmware.uf2.short_path,
            "--family=" + firmware.env.uf2_family,
            "--absolute=" + firmware.env.uf2_absolute,
        ]
    return script(
        ctx,
        program = ctx.executable._check_image,
        arguments = arguments + ["--image_type=" + ctx.attr.image_type],
        files = files,
        runfiles = [ctx.attr._check_image[DefaultInfo].default_runfiles],
    )

_firmware_image_test = rule(
    implementation = _firmware_image_test_impl,
    attrs = {
        "firmware": attr.label(
            doc = "The `firmware_binary`.",
            mandatory = True,
            providers = [FirmwareInfo],
        ),
        "image_type": attr.string(
            doc = "For the RP2350: the type of the image that its boot ROM must find.",
        ),
        "_check_image": attr.label(
            cfg = "target",
            default = Label("//firmware:check_image"),
            executable = True,
        ),
    },
    doc = "Looks at the forms of a program for a chip.",
    test = True,
)

def firmware_image_test(*, name, firmware, image_type = "", **kwargs):
    """Tests what can be seen of a program without the board that it is for.

    Everything lies in the chip's memory, the core would start it, and ELF, bin, hex and UF2 are the same byte for byte.

    Args:
      name: of the test.
      firmware: the `firmware_binary`.
      image_type: for the RP2350: the type of the image that its boot ROM must find, e.g. `0x1021`.
      **kwargs: the usual attributes.
    """
    _firmware_image_test(
        name = name,
        firmware = firmware,
        image_type = image_type,
        **({"size": "small"} | kwargs)
    )
