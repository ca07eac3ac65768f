# SPDX-License-Identifier: Apache-2.0
"""What the linked TFLM can run, told from its own sources: those that are compiled, no others."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
from collections.abc import Collection, Mapping, Sequence


class NotTflmError(ValueError):
    """Sources that are not TFLM's. The message is one line that names the file."""


@dataclasses.dataclass(frozen=True)
class Registration:
    """One operator of a TFLM, and how its MicroMutableOpResolver registers it.

    Attributes:
      method: e.g. "AddConv2D"; empty for a kernel that is compiled, but that no method registers.
      max_version: the highest operator version that its kernel knows; None if TFLM doesn't say.
      missing: why it can't be used although the resolver has a method for it; None if it can.
      dispatch: whether the kernel chooses its code by the type of its "input" or of its "output";
        None if the sources don't say.
      types: the types that it then has code for, e.g. "int8".
      insists: the types of input that the kernel takes, whatever it chooses by; empty if the
        sources don't say.
      scratch: whether the kernel asks for scratch buffers, whose sizes only it knows.
      per_channel: whether the kernel's code speaks of scales per channel.
      int8: the function that the method takes in place of its default for models in which the
        operator has int8 only, e.g. "Register_CONV_2D_INT8"; empty if there is none. With
        CMSIS-NN's kernels less is linked and executed by it, with others it is the default.
    """

    method: str
    max_version: int | None = None
    missing: str | None = None
    dispatch: str | None = None
    types: tuple[str, ...] = ()
    insists: tuple[str, ...] = ()
    scratch: bool = False
    per_channel: bool = False
    int8: str = ""


@dataclasses.dataclass(frozen=True)
class Tflm:
    """A TFLM.

    Attributes:
      registrations: its operators by name; custom operators under "custom:NAME".
      old_codes: whether it reads an operator's code only from the field that files of 2020 and
        before have.
      one_subgraph: whether it runs models of one subgraph only.
      whole_lifetimes: whether it refuses tensors that are never written or never read.
      tensor_types: the types of tensors that it can plan; None if the sources don't say.
      planner_ties: which of several buffers of one size its memory planner places first: the
        "first" or the "last" of them.
      name: which one it is, for messages, e.g. "of July 2020, crate tfmicro 0.1.0".
    """

    registrations: Mapping[str, Registration]
    old_codes: bool = False
    one_subgraph: bool = False
    whole_lifetimes: bool = False
    tensor_types: tuple[str, ...] | None = None
    planner_ties: str = "first"
    name: str = ""


_METHOD = re.compile(r"TfLiteStatus (Add\w+)\(([^{]*)\{(.*?)\n  \}", re.DOTALL)
_BUILTIN = re.compile(
    r"AddBuiltin\(\s*(?:tflite::)?BuiltinOperator_(\w+)\s*,(?:[^;]*?,\s*1,\s*(\d+)\s*\))?",
    re.DOTALL,
)
_CUSTOM = re.compile(r'AddCustom\(\s*(?:"([^"]+)"|[\w:]*GetString_(\w+)\(\))')
_REGISTER = re.compile(r"\bRegister_(\w+)\(\)")
_INT8 = re.compile(r"\b(Register_\w+_INT8)\(\)\s*\{")
_DEFINITION = re.compile(r"\bRegister_(\w+)\(\)\s*\{(\s*return nullptr;)?")
_STRING = re.compile(r"\bGetString_(\w+)\(\)\s*\{\s*return (?:\"([^\"]*)\"|(\w+));")
_CONSTANT = re.compile(r"\b(\w+)(?:\[\])?\s*=\s*\"([^\"]*)\";")
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_SWITCH = re.compile(r"\bswitch \(([^{;]*)\) \{")
_BRACE_OR_CASE = re.compile(r"[{}]|\bcase kTfLite(\w+):|\bdefault:")
_COMPARED = re.compile(r"\b(input|output)\w*->type == kTfLite(\w+)")
_CHAIN = re.compile(r"\} else if \((input|output)\w*->type == ")
# On the level of a function: within a branch it is indented further, and about that branch alone.
_INSISTED = re.compile(
    r"^  TF_LITE_ENSURE\(\s*context,\s*((?:input->type == kTfLite\w+(?:\s*\|\|\s*)?)+)\);",
    re.MULTILINE,
)
_PER_CHANNEL = re.compile(r"per_?channel", re.IGNORECASE)
_DEFINED = re.compile(r'^#define TFLM_(\w+) "([^"]*)"$', re.MULTILINE)
_HASH = re.compile("[0-9a-f]{40}")
_DATE = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\b")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SIDE = re.compile(r"\b(?:\w+(?:\.|->))*(input|output)\w*")


def _registrations(
    header: str, strings: Mapping[str, str], int8: Collection[str]
) -> list[tuple[str, Registration, str | None]]:
    """Finds each operator's name, its registration, and its Register_… function without prefix."""
    found = []
    for method, parameters, body in _METHOD.findall(header):
        if method in ("AddBuiltin", "AddCustom"):
            continue
        function = _REGISTER.search(parameters + body)
        kernel = function.group(1) if function else None
        default = _REGISTER.search(parameters)
        for_int8 = f"Register_{default.group(1)}_INT8" if default else ""
        for_int8 = for_int8 if for_int8 in int8 else ""
        if match := _BUILTIN.search(body):
            name, version = match.groups()
            registration = Registration(method, int(version) if version else None, int8=for_int8)
            found.append((name, registration, kernel))
        elif match := _CUSTOM.search(body):
            name = match.group(1) or strings.get(match.group(2)) or match.group(2).lower()
            found.append((f"custom:{name}", Registration(method), kernel))
    return found


def _strings(texts: Sequence[str]) -> dict[str, str]:
    """Finds what each GetString_… function returns; an empty text is none."""
    constants = {name: text for source in texts for name, text in _CONSTANT.findall(source)}
    found: dict[str, str] = {}
    for source in texts:
        for name, text, constant in _STRING.findall(source):
            if value := text or constants.get(constant):
                found.setdefault(name, value)
    return found


def parse_tflm(header: str, sources: Mapping[str, str], variants: Sequence[str] = ()) -> Tflm:
    """Finds out what a TFLM can run.

    Args:
      header: the text of its micro_mutable_op_resolver.h, of upstream or of our backport.
      sources: the texts of all of its sources that are compiled, by path.
      variants: the texts of kernels for other processors. A custom operator of such hardware may
        have its name there alone: the empty kernel that is compiled in its place says "". And only
        they define kernels for int8 alone.

    Returns:
      What it can run.
    """
    header = _COMMENT.sub("", header)
    code = {path: _COMMENT.sub("", text) for path, text in sources.items()}
    others = [_COMMENT.sub("", text) for text in variants]
    strings = _strings([*code.values(), header, *others])
    int8 = {name for text in (*code.values(), *others) for name in _INT8.findall(text)}
    kernels: dict[str, tuple[str, bool]] = {}
    for path, text in code.items():
        for name, stub in _DEFINITION.findall(text):
            kernels[name] = (path, bool(stub))
    found = _registrations(header, strings, int8)
    # TFLM of 2020 has one, CIRCULAR_BUFFER, which shares its state between interpreters.
    registrations = {
        f"custom:{kernel}": Registration("", missing="its kernel is compiled, but not registered")
        for kernel in sorted(kernels.keys() - {kernel for _, _, kernel in found})
    }
    for name, registration, kernel in found:
        path, stub = kernels.get(kernel or "", ("", False))
        if not path:
            missing = "its kernel is not compiled"
            registrations[name] = dataclasses.replace(registration, missing=missing)
            continue
        if stub:
            missing = "its kernel is an empty one for machines without that hardware"
            registrations[name] = dataclasses.replace(registration, missing=missing)
            continue
        # The kernel's file, and what it shares with those for other processors.
        common = pathlib.PurePath(path).with_suffix("").as_posix() + "_common.cc"
        text = code[path] + code.get(common, "")
        dispatch, types = _dispatch(text)
        registrations[name] = dataclasses.replace(
            registration,
            dispatch=dispatch,
            types=types,
            insists=_insists(text),
            scratch="RequestScratchBufferInArena" in text,
            per_channel=bool(_PER_CHANNEL.search(text)),
        )
    everything = "".join(code.values())
    return Tflm(
        registrations,
        old_codes="GetBuiltinCode" not in everything,
        one_subgraph="Only 1 subgraph is currently supported" in everything,
        whole_lifetimes="has an invalid lifetime" in everything,
        tensor_types=_tensor_types(code),
        # The list is sorted by size, equal ones in their order: it may be filled from its end.
        planner_ties="last" if "buffer_ids_sorted_[idx_from_tail] = i" in everything else "first",
    )


def _switches(text: str) -> list[tuple[str, set[str]]]:
    """Lists what each switch with a default chooses by, and its types, nested ones apart."""
    found = []
    for match in _SWITCH.finditer(text):
        depth, types, default = 1, set(), False
        for token in _BRACE_OR_CASE.finditer(text, match.end()):
            if token.group() == "{":
                depth += 1
            elif token.group() == "}":
                depth -= 1
                if depth == 0:
                    break
            elif depth == 1 and token.group(1):
                types.add(token.group(1).lower())
            elif depth == 1:
                default = True
        if types and default:
            found.append((match.group(1), types))
    return found


def _dispatch(text: str) -> tuple[str | None, tuple[str, ...]]:
    """Finds what a kernel chooses its code by: a switch, or else a chain of comparisons.

    The code for one type of input may choose again, by the type of the output: if the input
    decides, the output is not looked at. All types that are compared with count too: rather too
    many types than too few, as TFLM itself refuses what gets through.
    """
    switched: dict[str, set[str]] = {"input": set(), "output": set()}
    for expression, types in _switches(text):
        chosen = _SIDE.search(expression)
        if chosen and "type" in expression:
            switched[chosen.group(1)] |= types
    if not any(switched.values()) and "not supported" in text:
        for side in _CHAIN.findall(text):
            switched[side].add("")
    for side in ("input", "output"):
        if switched[side]:
            compared = {t.lower() for where, t in _COMPARED.findall(text) if where == side}
            return side, tuple(sorted((switched[side] | compared) - {""}))
    return None, ()


def _insists(text: str) -> tuple[str, ...]:
    insisted = " ".join(_INSISTED.findall(text))
    return tuple(sorted({t.lower() for _, t in _COMPARED.findall(insisted)}))


def _tensor_types(code: Mapping[str, str]) -> tuple[str, ...] | None:
    for path, text in code.items():
        if path.endswith("micro/memory_helpers.cc"):
            types = [types for expression, types in _switches(text) if expression == "type"]
            if types:
                return tuple(sorted(set.union(*types)))
    return None


def to_json(tflm: Tflm) -> str:
    """Writes a description for `from_json`.

    Args:
      tflm: what to describe.

    Returns:
      JSON text.
    """
    return json.dumps(dataclasses.asdict(tflm), indent=1, sort_keys=True) + "\n"


def from_json(text: str, path: str) -> Tflm:
    """Reads a description.

    Args:
      text: what `to_json` wrote.
      path: what to call it in messages.

    Returns:
      The TFLM.

    Raises:
      NotTflmError: it is something else.
    """
    try:
        fields = json.loads(text)
        fields["registrations"] = {
            name: Registration(
                **registration | {key: tuple(registration[key]) for key in ("types", "insists")}
            )
            for name, registration in fields["registrations"].items()
        }
        if fields["tensor_types"] is not None:
            fields["tensor_types"] = tuple(fields["tensor_types"])
        return Tflm(**fields)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"{path}: is not a description of a TFLM: //tflm:tflm.json is"
        raise NotTflmError(message) from error


def read_json(path: pathlib.Path) -> Tflm:
    """Reads a description from a file.

    Args:
      path: a file that `to_json` wrote.

    Returns:
      The TFLM.

    Raises:
      NotTflmError: it can't be read, or is something else.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NotTflmError(f"{path}: cannot be read: {error.strerror}") from error
    return from_json(text, str(path))


def read_name(path: pathlib.Path) -> str:
    """Reads which TFLM it is from the header of @tflite_micro//:source_info.

    Args:
      path: the header.

    Returns:
      A part of a line, e.g. "of July 2020, crate tfmicro 0.1.0".

    Raises:
      NotTflmError: it can't be read, or doesn't say so.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NotTflmError(f"{path}: cannot be read: {error.strerror}") from error
    defined = dict(_DEFINED.findall(text))
    source = defined.get("SOURCE")
    if not source:
        raise NotTflmError(f"{path}: does not define TFLM_SOURCE")
    commit = _HASH.fullmatch(defined.get("COMMIT", ""))
    date = _DATE.match(defined.get("DATE", ""))
    year = f"of {_MONTHS[int(date.group(2)) - 1]} {date.group(1)}, " if date else ""
    return f"{year}{source}{f' {commit.group()[:7]}' if commit else ''}"


def read_sources(
    header: pathlib.Path, sources: Sequence[pathlib.Path], variants: Sequence[pathlib.Path] = ()
) -> Tflm:
    """Like `parse_tflm`, from files.

    Args:
      header: its micro_mutable_op_resolver.h.
      sources: all of its sources that are compiled.
      variants: kernels for other processors.

    Returns:
      What it can run.

    Raises:
      NotTflmError: a file can't be read, or the header is not TFLM's.
    """
    texts = {}
    for path in (header, *sources, *variants):
        try:
            texts[path] = path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise NotTflmError(f"{path}: cannot be read: {error.strerror}") from error
    text = texts.pop(header)
    tflm = parse_tflm(
        text,
        {path.as_posix(): texts[path] for path in sources},
        [texts[path] for path in variants],
    )
    if not any(registration.method for registration in tflm.registrations.values()):
        raise NotTflmError(f"{header}: is not a micro_mutable_op_resolver.h of TFLM")
    return tflm
