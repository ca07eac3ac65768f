# SPDX-License-Identifier: Apache-2.0
"""Whether the linked TFLM runs a model, why not, and with which of its operators."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from tflite.model import Model, Node, Operator, Subgraph, Tensor
from tflm import damage, model_facts, silent_faults, verdict
from tflm.capabilities import Registration, Tflm
from tflm.verdict import Verdict

_QUANTIZED = ("int4", "int8", "uint8", "int16")
# Types of data. Indices, sizes and conditions come in others, which kernels don't choose by.
_DATA_TYPES = (*_QUANTIZED, "float16", "float32", "float64", "bfloat16")


class UnsupportedModelError(ValueError):
    """The linked TFLM can't run a model. The message is one line with the reason."""


class UnsupportedOperatorError(UnsupportedModelError):
    """The linked TFLM lacks an operator. The message is one line with its name and version."""


def select(
    operators: Iterable[Operator],
    registrations: Mapping[str, Registration],
    path: str,
    int8: Collection[str] = (),
) -> list[tuple[Operator, Registration]]:
    """Picks the registrations that a model needs.

    Args:
      operators: what the model uses.
      registrations: what the TFLM has, see `capabilities.parse_tflm`.
      path: the model's name, for messages.
      int8: the names of the operators that have int8 only.

    Returns:
      One registration for each operator, in the order of their codes; of several versions of one
      operator the highest. Its `int8` is empty unless the operator has int8 only.

    Raises:
      UnsupportedOperatorError: the TFLM lacks an operator, or knows only older versions of it.
    """
    chosen: dict[str, tuple[Operator, Registration]] = {}
    for operator in sorted(operators):
        if reason := missing(operator, registrations):
            raise UnsupportedOperatorError(f"{path}: {reason}")
        registration = registrations[_key(operator)]
        if _key(operator) not in int8:
            registration = dataclasses.replace(registration, int8="")
        chosen[registration.method] = (operator, registration)
    return list(chosen.values())


def _key(operator: Operator) -> str:
    return f"custom:{operator.name}" if operator.custom else operator.name


def missing(operator: Operator, registrations: Mapping[str, Registration]) -> str | None:
    """Says why an operator can't be registered.

    Args:
      operator: what a model uses.
      registrations: what the TFLM has.

    Returns:
      The reason; None if it can.
    """
    registration = registrations.get(_key(operator))
    if registration is None:
        return f"the linked TFLM has no {operator}"
    if registration.missing is not None:
        return f"the linked TFLM has no {operator}: {registration.missing}"
    newest = registration.max_version
    if newest is not None and operator.version > newest:
        return f"the linked TFLM has no {operator}: its newest is version {newest}"
    return None


def select_for_models(
    models: Sequence[Model], tflm: Tflm, verdicts: Sequence[Verdict]
) -> list[tuple[Operator, Registration]]:
    """Picks the registrations that several models need together.

    Args:
      models: the models.
      tflm: the linked TFLM.
      verdicts: what it did with each of them.

    Returns:
      What `select` returns, for the operators of all of them.

    Raises:
      UnsupportedModelError: it can't run one of the models; the first reason of `refusals`.
    """
    for model, answer in zip(models, verdicts, strict=True):
        for reason in refusals(model, tflm, answer):
            reason = model_facts.name_linked(reason, tflm)
            raise UnsupportedModelError(f"{model.path}: {reason}")
    operators = {operator for model in models for operator in model.operators}
    path = ", ".join(model.path for model in models)
    return select(operators, tflm.registrations, path, _int8_only(models))


def _int8_only(models: Sequence[Model]) -> set[str]:
    """The names of the operators whose data is int8 wherever models use them.

    Their biases, shapes and the like are wider integers.
    """
    found: dict[str, bool] = {}
    for model in models:
        for subgraph in model.subgraphs:
            for node in subgraph.nodes:
                given = [tensor.dtype for tensor in _given(subgraph, node)]
                written = [subgraph.tensors[i].dtype for i in node.outputs]
                only = {*given, *written} <= {"int8", "int32", "int64"} and set(written) == {"int8"}
                key = _key(node.operator)
                # Not every input is data: of a transposed convolution the first one is a shape.
                found[key] = found.get(key, True) and only and "int8" in given
    return {key for key, only in found.items() if only}


def select_all(tflm: Tflm) -> list[tuple[str, Registration]]:
    """Picks every registration that a TFLM has.

    Args:
      tflm: the TFLM.

    Returns:
      The operators' names with their registrations, each method once, for all types.
    """
    usable = {
        registration.method: (name, dataclasses.replace(registration, int8=""))
        for name, registration in sorted(tflm.registrations.items())
        if registration.method and registration.missing is None
    }
    return list(usable.values())


def refusals(model: Model, tflm: Tflm, answer: Verdict) -> list[str]:
    """Lists why the linked TFLM can't run a model.

    The TFLM itself is the judge: what it runs is refused only if it is known to compute something
    else then, without a message. What is read from the model and from the TFLM's sources explains a
    refusal.

    Args:
      model: the model.
      tflm: the linked TFLM.
      answer: what it did with the model.

    Returns:
      The reasons, each a part of a line; empty if there is none. First those that say most, with
      what to do: a hybrid model's operators have newer versions too, which does not say that.
    """
    if answer.runs:
        faults = [*_silent_faults(model, tflm), *_kernel_faults(model, tflm)]
        return model_facts.explain(model, faults, tflm)
    explanations = _explanations(model, tflm)
    return model_facts.explain(
        model,
        [*explanations, verdict.reason(answer, model)],
        tflm,
        None if answer.is_of_limits else lambda other: _explanations(model, other),
        certain=bool(explanations),
    )


def _explanations(model: Model, tflm: Tflm) -> list[str]:
    """Why a TFLM does not run a model, as far as the model and the TFLM's sources say."""
    reasons = []
    if tflm.one_subgraph and len(model.subgraphs) > 1:
        reasons.append(
            f"has {len(model.subgraphs)} subgraphs: the linked TFLM runs models of one only"
        )
    reasons += _silent_faults(model, tflm)
    for subgraph in model.subgraphs:
        for node in subgraph.nodes:
            reasons += _type_refusals(subgraph, node, tflm)
    for operator in model.operators:
        if reason := missing(operator, tflm.registrations):
            reasons.append(reason)
    for subgraph in model.subgraphs:
        reasons += _tensor_refusals(subgraph, tflm)
    reasons += _kernel_faults(model, tflm)
    return reasons


def _silent_faults(model: Model, tflm: Tflm) -> Iterator[str]:
    """What a TFLM may run, but not as the model means it."""
    for operator in model.operators if tflm.old_codes else ():
        # Above that range it finds a code that no operator has.
        if operator.in_new_field_only and operator.builtin_code < 127:
            yield (
                f"has the code of {operator.name} only in the schema's newer field, which the"
                " linked TFLM doesn't read: convert with TensorFlow's converter, which writes both"
            )
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            what = subgraph.tensor_label(tensor)
            if tensor.is_sparse or not tensor.is_constant:
                continue
            if (tensor.byte_size or 0) > tensor.buffer_size:
                yield (
                    f"{what} has {tensor.buffer_size} bytes of data, but its shape needs"
                    f" {tensor.byte_size}: the file is damaged"
                )
        for node in subgraph.nodes:
            yield from _scale_faults(subgraph, node, tflm)


def _kernel_faults(model: Model, tflm: Tflm) -> Iterator[str]:
    """What a kernel computes otherwise than the model means it."""
    for subgraph in model.subgraphs:
        yield from damage.of_subgraph(subgraph)
        for node in subgraph.nodes:
            for reason in (
                *damage.of_node(model, subgraph, node),
                *silent_faults.of_node(subgraph, node, tflm),
            ):
                yield f"{subgraph.node_label(node)} {reason}"


def departures(model: Model, tflm: Tflm) -> list[str]:
    """Lists where every TFLM computes, or may compute, something else than TensorFlow Lite.

    Args:
      model: the model.
      tflm: the linked TFLM.

    Returns:
      Warnings, each a part of a line.
    """
    return [
        f"{subgraph.node_label(node)} {warning}"
        for subgraph in model.subgraphs
        for node in subgraph.nodes
        for warning in (
            *silent_faults.departures(subgraph, node, tflm),
            *damage.dead_outputs(subgraph, node),
        )
    ]


def _tensor_refusals(subgraph: Subgraph, tflm: Tflm) -> Iterator[str]:
    written = {*subgraph.inputs, *(i for node in subgraph.nodes for i in node.outputs)}
    read = {*subgraph.outputs, *(i for node in subgraph.nodes for i in node.inputs)}
    for tensor in subgraph.tensors:
        what = subgraph.tensor_label(tensor)
        if tflm.tensor_types is not None and tensor.dtype not in tflm.tensor_types:
            yield f"{what} has the type {tensor.dtype}, which the linked TFLM does not know"
        if tflm.whole_lifetimes and not tensor.is_constant and not tensor.is_variable:
            if tensor.index not in read:
                yield f"{what} is used by nothing: the linked TFLM does not plan such tensors"
            elif tensor.index not in written:
                yield f"{what} is read, but neither an input, an output of an operator nor constant"


def _given(subgraph: Subgraph, node: Node) -> list[Tensor]:
    return [subgraph.tensors[i] for i in node.inputs if i >= 0]


def _scale_faults(subgraph: Subgraph, node: Node, tflm: Tflm) -> Iterator[str]:
    given = _given(subgraph, node)
    registration = tflm.registrations.get(_key(node.operator))
    if registration is None or node.operator.custom or registration.per_channel:
        return
    # Without asking it would take the first scale for all.
    for tensor in given:
        if tensor.quantization is not None and not tensor.quantization.is_uniform:
            # TensorFlow's converter gives dense layers a scale for each channel since 2.17.
            dense = node.operator.name == "FULLY_CONNECTED"
            option = "_quantization_for_dense_layers" if dense else ""
            yield (
                f"{subgraph.node_label(node)} has {len(tensor.quantization.scales)} scales in"
                f" tensor {tensor.index}: the linked TFLM's kernel takes one only; convert with"
                f" converter._experimental_disable_per_channel{option} = True"
            )
            return


def _type_refusals(subgraph: Subgraph, node: Node, tflm: Tflm) -> Iterator[str]:
    registration = tflm.registrations.get(_key(node.operator))
    if registration is None:
        return
    # Data before weights: a transposed convolution has its data last.
    given = sorted(_given(subgraph, node), key=lambda tensor: tensor.is_constant)
    read = [tensor.dtype for tensor in given]
    written = [subgraph.tensors[i].dtype for i in node.outputs]
    chosen = read if registration.dispatch == "input" else written
    for side, dtypes, known in (
        ("input", read, registration.insists),
        (registration.dispatch, chosen, registration.types),
    ):
        dtype = next((dtype for dtype in dtypes if dtype in _DATA_TYPES), None)
        if known and dtype is not None and dtype not in known:
            yield (
                f"{subgraph.node_label(node)} has {side} of type {dtype}: the linked TFLM's kernel"
                f" knows {', '.join(known)}"
            )
            return
