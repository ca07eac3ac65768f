# SPDX-License-Identifier: Apache-2.0
"""Names in generated C++: pure functions."""

_LOWER = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"

def _only(text, allowed):
    for character in text.elems():
        if character not in allowed:
            return False
    return True

def is_symbol(name):
    """Whether a name is snake_case as the generators take it.

    Args:
      name: text.

    Returns:
      True for a lower-case letter, then lower-case letters, digits and underscores.
    """
    return bool(name) and name[0] in _LOWER and _only(name, _LOWER + _DIGITS + "_")

def is_namespace(name):
    """Whether a name is a C++ namespace as the generators take it.

    Args:
      name: text, e.g. "a::b".

    Returns:
      True for snake_case names, joined by "::".
    """
    return all([is_symbol(part) for part in name.split("::")])

def is_class_name(name):
    """Whether a name is CamelCase.

    Args:
      name: text.

    Returns:
      True for an upper-case letter, then letters and digits.
    """
    return bool(name) and name[0] in _LOWER.upper() and _only(name, _LOWER + _LOWER.upper() + _DIGITS)

def camel_case(symbol):
    """Turns snake_case into CamelCase, as the generators do.

    Args:
      symbol: e.g. "mnist_model".

    Returns:
      e.g. "MnistModel".
    """
    return "".join([word.capitalize() for word in symbol.split("_")])

def resolver_names(symbol):
    """The names in an op resolver's header, beside which a class has to stand.

    Args:
      symbol: snake_case.

    Returns:
      The resolver's type and the function that registers its operators.
    """
    camel = camel_case(symbol)
    return [camel + "OpResolver", "Register{}Ops".format(camel)]

def symbol_of(name):
    """Makes a symbol of a target's name.

    Args:
      name: of a target.

    Returns:
      The same, with an underscore for each dash and dot.
    """
    return name.replace("-", "_").replace(".", "_")

def check_names(label, symbol, namespace):
    """Fails if a rule's names would not compile.

    Args:
      label: of the target, for the message.
      symbol: snake_case.
      namespace: the C++ namespace.
    """
    if not is_symbol(symbol):
        fail("{}: symbol \"{}\" must be lower-case letters, digits and underscores: set `symbol`".format(label, symbol))
    if not is_namespace(namespace):
        fail("{}: namespace \"{}\" must be lower-case names, joined by ::".format(label, namespace))
