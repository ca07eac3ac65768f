# SPDX-License-Identifier: Apache-2.0
"""The execution environments that this repository has, and how one is found."""

# Those of an emulator, where tests run, and their cores.
_EMULATED = {
    "qemu_mps2_an385": "cortex_m3",
    "qemu_mps2_an386": "cortex_m4f",
    "qemu_mps2_an500": "cortex_m7",
    "qemu_mps2_an505": "cortex_m33",
    "qemu_mps3_an547": "cortex_m55",
    "qemu_riscv_virt": "rv32imac",
}

EMULATED = _EMULATED.keys()

_CORES = _EMULATED

_PLATFORMS = {
    str(Label("//firmware/boards/" + name)): str(Label("//firmware/platforms:" + core))
    for name, core in _CORES.items()
}

def exec_env_label(name, exec_env):
    """Finds an environment.

    Args:
      name: of the target that asks, for the message.
      exec_env: the name of one of this repository, or a label.
    Returns:
      Its Label.
    """
    if exec_env in _CORES:
        return Label("//firmware/boards/" + exec_env)
    if ":" not in exec_env and "/" not in exec_env:
        fail("{}: unknown exec_env \"{}\": give a label, or one of {}".format(name, exec_env, ", ".join(sorted(_CORES))))
    return native.package_relative_label(exec_env)

def exec_env_platform(exec_env):
    """Finds the platform that programs for an environment are built for.

    Boards of this repository that have the same core share the core's platform, and so what is compiled.

    Args:
      exec_env: Label of the environment.
    Returns:
      The platform's label, a string.
    """
    return _PLATFORMS.get(str(exec_env), str(exec_env) + "_platform")
