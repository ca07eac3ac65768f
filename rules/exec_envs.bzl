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

def exec_env_error(exec_env):
    """Says why something is not an environment's name: a pure function.

    Args:
      exec_env: what a user wrote.
    Returns:
      The end of a message, or None if it is the name of an environment of a chip here, or may be a label.
    """
    if exec_env in _CORES or ":" in exec_env or "/" in exec_env:
        return None
    return "exec_env \"{}\" is {}: give a label, or one of {}".format(
        exec_env,
        "not a chip" if exec_env == HOST else "unknown",
        ", ".join(sorted(_CORES)),
    )

def exec_env_label(name, exec_env):
    """Finds an environment of a chip.

    Args:
      name: of the target that asks, for the message.
      exec_env: the name of one of this repository, or a label.
    Returns:
      Its Label.
    """
    error = exec_env_error(exec_env)
    if error:
        fail("{}: {}".format(name, error))
    return _LABELS[exec_env] if exec_env in _LABELS else native.package_relative_label(exec_env)

def kernels_error(exec_env, kernels):
    """Says why an environment can't have some kernels: a pure function.

    Args:
      exec_env: what a user wrote.
      kernels: "cmsis_nn", "reference" or None.
    Returns:
      The end of a message; None if it can, or if it is not known here.
    """
    if kernels == "cmsis_nn" and _CORES.get(exec_env) == "rv32imac":
        return "kernels = \"cmsis_nn\" is for Cortex-M cores, and {} is not one: take \"reference\"".format(exec_env)
    return None

def exec_env_platform(exec_env):
    """Finds the platform that programs for an environment are built for.

    Boards of this repository that have the same core share the core's platform, and so what is compiled.

    Args:
      exec_env: Label of the environment.
    Returns:
      The platform's label, a string.
    """
    return _PLATFORMS.get(str(exec_env), str(exec_env) + "_platform")
