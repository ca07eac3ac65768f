# SPDX-License-Identifier: Apache-2.0
"""How a program in QEMU gets an argument.

By `-append` it would get the path of its own file, too, and cut that at spaces.
"""

ARGUMENT_FLAG = "-semihosting-config"

# Before the argument, in the flag's value: the program's name, and what the flag says again.
ARGUMENT_PREFIX = "enable=on,target=native,arg=firmware,arg="

def emulator_argument(argument):
    """What to add to QEMU's command line.

    Args:
      argument: one word, or "".
    Returns:
      A list of strings.
    """
    return [ARGUMENT_FLAG, ARGUMENT_PREFIX + argument.replace(",", ",,")] if argument else []
