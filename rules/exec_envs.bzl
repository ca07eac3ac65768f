# SPDX-License-Identifier: Apache-2.0
"""The execution environments that this repository has, and how one is found."""

# Those of an emulator, where tests run, and those that need the board: name to core.
_EMULATED = {
    "qemu_mps2_an385": "cortex_m3",
    "qemu_mps2_an386": "cortex_m4f",
    "qemu_mps2_an500": "cortex_m7",
    "qemu_mps2_an505": "cortex_m33",
    "qemu_mps3_an547": "cortex_m55",
    "qemu_riscv_virt": "rv32imac",
}
_BOARDS = {
    "nrf52840_dk": "cortex_m4f",
    "nucleo_f446re": "cortex_m4f",
    "pico_2": "cortex_m33",
    "pico_2_riscv": "rv32imac",
}
_CORES = _EMULATED | _BOARDS

# The names of both kinds.
EMULATED = _EMULATED.keys()
BOARDS = _BOARDS.keys()

# One board has two cores, of two kinds.
_PACKAGES = {"pico_2_riscv": "pico_2"}

_LABELS = {
    name: Label("//firmware/boards/{}:{}".format(_PACKAGES.get(name, name), name))
    for name in _CORES
}
_PLATFORMS = {
    str(_LABELS[name]): str(Label("//firmware/platforms:" + core))
    for name, core in _CORES.items()
}

# The machine that builds, without an emulator.
HOST = "host"

def exec_env_label(name, exec_env):
    """Finds an environment.

    Args:
      name: of the target that asks, for the message.
      exec_env: the name of one of this repository, or a label.
    Returns:
      Its Label.
    """
    if exec_env in _LABELS:
        return _LABELS[exec_env]
    if ":" not in exec_env and "/" not in exec_env:
        fail("{}: unknown exec_env \"{}\": give a label, or one of {}".format(name, exec_env, ", ".join([HOST] + sorted(_CORES))))
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
