# SPDX-License-Identifier: Apache-2.0
"""What a `.tflite` file says about itself that explains why TFLM can't run it, with what to do.

TFLM and the op resolver name an operator that is missing or that failed. What to change is often
somewhere else: the batch size was left open, the weights alone were quantized, the file was
compiled for an accelerator. Each fix that is named here was tried: //tests/fixes makes the model
again as the message says.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import re
from collections.abc import Callable, Collection, Iterator, Sequence

from tflite.model import Model, Node, Subgraph, Tensor
from tflm import capabilities
from tflm.capabilities import Tflm

_TODAYS_TFLM = pathlib.Path(__file__).parent / "todays_tflm.json"
_LINKED = "the linked TFLM"

# Those whose kernels take weights of the activations' kind alone. With others TFLM of 2020 reads
# beyond the weights, and today's refuses.
_WEIGHTED = {
    "BATCH_MATMUL": (1,),
    "CONV_2D": (1,),
    "DEPTHWISE_CONV_2D": (1,),
    "FULLY_CONNECTED": (1,),
    "SVDF": (1, 2),
    "TRANSPOSE_CONV": (1,),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": tuple(range(1, 9)),
}
_QUANTIZED = ("int4", "int8", "uint8", "int16")
# What the compilers for accelerators put in place of a part of the model: (hardware, compiler).
_ACCELERATORS = {
    "ethos-u": ("Arm's Ethos-U", "Vela"),
    "edgetpu-custom-op": ("the Edge TPU", "edgetpu_compiler"),
    "NeutronGraph": ("NXP's Neutron", "the Neutron converter"),
    "DISPATCH_OP": ("an NPU", "LiteRT's compiler"),
}
_FLEX = "Flex"
# What tflm/damage.py says of shapes that don't agree.
_OPEN_SHAPES = "has open shapes"
_FULL_INT8 = (
    "converter.representative_dataset and target_spec.supported_ops ="
    " [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)
# For bazelw and for Bazel itself.
_WITH_TODAYS = "--repo_env=MNIST_MICRO_SOURCES=upstream"


@dataclasses.dataclass(frozen=True)
class Fact:
    """Something that a file says about itself.

    Attributes:
      key: what kind of fact it is, e.g. "hybrid".
      text: what it is and what to do, as a part of a line.
      refuses: whether no TFLM must be given the model, whatever it says itself: it would read
        beyond the contents of a tensor, or compute something else.
      operators: the operators that can fail because of it; empty if it can be any.
      every_tflm: whether it is in the way of every TFLM, whatever operators it has.
    """

    key: str
    text: str
    refuses: bool = False
    operators: frozenset[str] = frozenset()
    every_tflm: bool = False

    def explains(self, reason: str) -> bool:
        """Says whether it can cause a refusal.

        Args:
          reason: a reason that TFLM or the op resolver gives, which names the operator.

        Returns:
          Whether it can.
        """
        return not self.operators or any(
            re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", reason) for name in self.operators
        )


def find_facts(model: Model) -> list[Fact]:
    """Finds what can explain that a TFLM doesn't run a model.

    Args:
      model: the model.

    Returns:
      The facts, those that say most first, at most one of each kind; empty for most models.
    """
    facts: dict[str, Fact] = {}
    for find in (
        _accelerator,
        _another_file,
        _sparse,
        _open_shape,
        _flex,
        _hybrid,
        _float16,
        _weights_alone,
        _uint8,
        _int16,
        _mean,
        _dense,
        _int64_index,
    ):
        for fact in find(model):
            facts.setdefault(fact.key, fact)
    return list(facts.values())


def explain(
    model: Model,
    reasons: Sequence[str],
    tflm: Tflm,
    todays_reasons: Callable[[Tflm], Sequence[str]] | None = None,
    *,
    certain: bool = True,
) -> list[str]:
    """Puts what explains a refusal before the reasons for it.

    Args:
      model: the model.
      reasons: why the linked TFLM can't run it; empty if nothing is known against it.
      tflm: the linked TFLM.
      todays_reasons: finds the reasons against the model with another TFLM; None if the reasons
        come from running the linked one, so that nothing is known of another.
      certain: whether it is known from TFLM's sources why the linked one can't run the model.

    Returns:
      The reasons, each a part of a line that says what to do if it is known; empty if the linked
      TFLM can be given the model.
    """
    facts = [
        fact
        for fact in find_facts(model)
        if fact.refuses or any(fact.explains(reason) for reason in reasons)
    ]
    # If a shape is open the file has 1, which then does not agree with others.
    if any(_OPEN_SHAPES in reason for reason in reasons):
        facts[:0] = [] if any(f.key == "open_shape" for f in facts) else _open_shape_fact(model, ())
    texts = [fact.text for fact in facts]
    hopeless = any(fact.refuses or fact.every_tflm for fact in facts)
    # Of one without a name nothing is known but its operators.
    if todays_reasons is None or hopeless or not reasons or not tflm.name:
        return [*texts, *reasons]
    today = todays_tflm()
    is_today = tflm.registrations.keys() >= today.registrations.keys()
    if not (reasons if is_today else todays_reasons(today)):
        # If what the facts say is not all, then today's TFLM is the shorter way.
        others = [reason for reason in reasons if not any(fact.explains(reason) for fact in facts)]
        if others:
            has = "has kernels for it" if certain else "may run it"
            first = f"{others[0]}; today's TFLM {has}: build with {_WITH_TODAYS}"
            return [first, *texts, *(reason for reason in reasons if reason != others[0])]
        texts[0] += f", or build with today's TFLM, which has kernels: {_WITH_TODAYS}"
    elif not facts and reasons[0].startswith(f"{_LINKED} has no "):
        todays = "" if is_today else ", and neither has today's"
        return [f"{reasons[0]}{todays}: write the model without it", *reasons[1:]]
    return [*texts, *reasons]


def name_linked(reason: str, tflm: Tflm) -> str:
    """Says in a message which TFLM is linked.

    Args:
      reason: a reason of `explain`.
      tflm: the linked TFLM.

    Returns:
      The reason with its name.
    """
    if not tflm.name:
        return reason
    named, count = re.subn(rf"{_LINKED}\b(?!')", f"{_LINKED} ({tflm.name})", reason, count=1)
    if count:
        return named
    return f"{reason} (linked is TFLM {tflm.name})"


@functools.cache
def todays_tflm() -> Tflm:
    """Reads what upstream's TFLM can run, of the commit that this repository builds with.

    Returns:
      That TFLM.
    """
    return capabilities.read_json(_TODAYS_TFLM)


def _nodes(model: Model) -> Iterator[tuple[Subgraph, Node]]:
    for subgraph in model.subgraphs:
        for node in subgraph.nodes:
            yield subgraph, node


def _tensors(subgraph: Subgraph, indices: Sequence[int]) -> list[Tensor]:
    return [subgraph.tensors[i] for i in indices if i >= 0]


def _accelerator(model: Model) -> Iterator[Fact]:
    for operator in model.operators:
        if operator.custom and operator.name in _ACCELERATORS:
            hardware, compiler = _ACCELERATORS[operator.name]
            yield Fact(
                "accelerator",
                f"is compiled for {hardware} (custom operator {operator.name}): take the file from"
                f" before {compiler}",
                operators=frozenset([operator.name]),
            )


def _another_file(model: Model) -> Iterator[Fact]:
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            if tensor.in_another_file:
                yield Fact(
                    "another_file",
                    f"{subgraph.tensor_label(tensor)} has its contents in another file, which TFLM"
                    " doesn't read: make the model with its weights in one file",
                    refuses=True,
                )


def _sparse(model: Model) -> Iterator[Fact]:
    for subgraph in model.subgraphs:
        for tensor in subgraph.tensors:
            if tensor.is_sparse:
                yield Fact(
                    "sparse",
                    f"{subgraph.tensor_label(tensor)} is sparse, which no TFLM has kernels for:"
                    " convert without tf.lite.Optimize.EXPERIMENTAL_SPARSITY",
                    refuses=True,
                )


def _open_shape(model: Model) -> Iterator[Fact]:
    """A shape left open is computed while the model runs, by operators that fewer TFLMs have."""
    operators = {
        node.operator.name
        for subgraph in model.subgraphs
        for node in _shape_nodes(subgraph)
        # Of recurrent layers TensorFlow makes lists whose number of elements is open too.
    } | {o.name for o in model.operators if o.name.startswith(_FLEX + "TensorList")}
    # Loops over a sequence: the whole layer becomes one operator if the shape is given.
    operators |= {o.name for o in model.operators if o.name == "WHILE"}
    if operators:
        yield from _open_shape_fact(model, operators)


def _open_shape_fact(model: Model, operators: Collection[str]) -> Iterator[Fact]:
    """Of a model whose input has an open shape, with those operators that can fail by it."""
    signatures = [
        (tensor, tensor.shape_signature)
        for tensor in _tensors(model.main, model.main.inputs)
        if tensor.shape_signature and any(size < 0 for size in tensor.shape_signature)
    ]
    if signatures:
        tensor, signature = signatures[0]
        fix = " and ".join(
            (["batch_size=1"] if signature[0] < 0 else [])
            + (["a whole shape"] if min(signature[1:], default=0) < 0 else [])
        )
        yield Fact(
            "open_shape",
            f"leaves the shape of input {tensor.name!r} open ({list(signature)}), as Keras 3's"
            f" model.export() always does: give its Input {fix} and convert it with"
            " tf.lite.TFLiteConverter.from_keras_model",
            operators=frozenset(operators),
            # FILL and others of today's refuse shapes that are computed.
            every_tflm=True,
        )


def _shape_nodes(subgraph: Subgraph) -> Iterator[Node]:
    """Finds SHAPE, and all that computes with its result or takes a shape from it."""
    computed: set[int] = set()
    for node in subgraph.nodes:
        if node.operator.name == "SHAPE" or computed.intersection(node.inputs):
            yield node
            computed.update(
                t.index
                for t in _tensors(subgraph, node.outputs)
                if t.dtype in ("int32", "int64", "bool")
            )


def _flex(model: Model) -> Iterator[Fact]:
    names = [o.name for o in model.operators if o.custom and o.name.startswith(_FLEX)]
    if names:
        shown = ", ".join(name.removeprefix(_FLEX) for name in names[:3])
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        yield Fact(
            "flex",
            f"has operators of TensorFlow itself ({shown}{more}), which no TFLM has: convert"
            " without tf.lite.OpsSet.SELECT_TF_OPS, and write the model without what the converter"
            " then refuses",
            operators=frozenset(names),
        )


def _hybrid(model: Model) -> Iterator[Fact]:
    for subgraph, node in _nodes(model):
        if node.operator.custom:
            continue
        inputs = subgraph.inputs_of(node)
        places = _WEIGHTED.get(node.operator.name, ())
        weights = [inputs[i] for i in places if i < len(inputs)]
        quantized = [t for t in weights if t is not None and t.dtype in _QUANTIZED]
        if quantized and any(
            t is not None and t.dtype == "float32" and not t.is_constant for t in inputs
        ):
            yield Fact(
                "hybrid",
                f"{subgraph.node_label(node)} has {quantized[0].dtype} weights but float32"
                " activations (dynamic range quantization), which no TFLM has kernels for: set"
                f" {_FULL_INT8}, or leave out converter.optimizations",
                refuses=True,
            )


def _dequantized_constants(model: Model, *dtypes: str) -> tuple[Tensor, set[str]] | None:
    """Finds constants that are dequantized while the model runs, and which operators take part."""
    first, operators = None, set()
    for subgraph in model.subgraphs:
        floats: set[int] = set()
        for node in subgraph.nodes:
            tensors = _tensors(subgraph, node.inputs)
            if node.operator.name == "DEQUANTIZE" and not node.operator.custom:
                if tensors and tensors[0].is_constant and tensors[0].dtype in dtypes:
                    first = first or tensors[0]
                    floats.update(node.outputs)
                    operators.add(node.operator.name)
            elif floats.intersection(node.inputs):
                operators.add(node.operator.name)
    return (first, operators) if first else None


def _float16(model: Model) -> Iterator[Fact]:
    if found := _dequantized_constants(model, "float16"):
        tensor, _ = found
        yield Fact(
            "float16",
            f"has float16 weights (tensor {tensor.index}, {tensor.name!r}), which no TFLM has"
            " kernels for: convert without converter.target_spec.supported_types = [tf.float16]",
        )


def _weights_alone(model: Model) -> Iterator[Fact]:
    if found := _dequantized_constants(model, *_QUANTIZED):
        tensor, operators = found
        yield Fact(
            "weights_alone",
            f"has {tensor.dtype} weights (tensor {tensor.index}, {tensor.name!r}) but float32"
            " activations (weight-only quantization): quantize the activations too, with a"
            " representative dataset, or nothing",
            operators=frozenset(operators),
        )


def _uint8(model: Model) -> Iterator[Fact]:
    operators: set[str] = set()
    converts: set[str] = set()
    for subgraph, node in _nodes(model):
        tensors = _tensors(subgraph, (*node.inputs, *node.outputs))
        dtypes = {tensor.dtype for tensor in tensors if tensor.quantization is not None}
        if "uint8" in dtypes:
            (converts if "int8" in dtypes else operators).add(node.operator.name)
    if operators:
        yield Fact(
            "uint8",
            f"is quantized to uint8: quantize it to int8 with {_FULL_INT8}",
            operators=frozenset(operators),
        )
    elif converts:
        yield Fact(
            "uint8_ports",
            "has uint8 inputs or outputs around int8: convert with converter.inference_input_type ="
            " converter.inference_output_type = tf.int8",
            operators=frozenset(converts),
        )


def _int16(model: Model) -> Iterator[Fact]:
    operators: set[str] = set()
    weighted = False
    for subgraph, node in _nodes(model):
        data = _tensors(subgraph, node.inputs[:1])
        # An int8 LSTM keeps its state in int16.
        if node.operator.custom or node.operator.name.endswith("_LSTM"):
            continue
        if any(t.dtype == "int16" for t in (*data, *_tensors(subgraph, node.outputs))):
            operators.add(node.operator.name)
            weighted |= node.operator.name in _WEIGHTED
    # A model of int16 that multiplies by no weights, such as one of sound, need not be int8.
    if weighted:
        yield Fact(
            "int16",
            f"has int16 activations: quantize them to int8 with {_FULL_INT8}",
            operators=frozenset(operators),
        )


def _mean(model: Model) -> Iterator[Fact]:
    """Pooling does the same, by kernels that every TFLM has for int8 too."""
    for subgraph, node in _nodes(model):
        if node.operator.name != "MEAN" or not node.outputs:
            continue
        data, axes = (*_tensors(subgraph, node.inputs[:2]), None, None)[:2]
        if data is None or axes is None:
            continue
        shape = data.shape
        if len(shape) not in (3, 4) or axes.element_count > len(shape):
            continue
        # All but batch and channels.
        found = {axis % len(shape) for axis in model.numbers(axes)}
        if found != set(range(1, len(shape) - 1)):
            continue
        kind = f"{len(shape) - 2}D"
        size = str(shape[1]) if len(shape) == 3 else f"({shape[1]}, {shape[2]})"
        yield Fact(
            "mean",
            f"{subgraph.node_label(node)} averages {data.dtype}: in place of"
            f" GlobalAveragePooling{kind} take AveragePooling{kind}({size}) and Flatten",
            operators=frozenset(["MEAN"]),
        )


def _dense(model: Model) -> Iterator[Fact]:
    for subgraph, node in _nodes(model):
        if node.operator.name != "FULLY_CONNECTED" or node.operator.custom:
            continue
        rank = len(subgraph.tensors[node.outputs[0]].shape) if node.outputs else 0
        if node.options.get("keep_num_dims") and rank > 2:
            yield Fact(
                "dense_of_sequences",
                f"{subgraph.node_label(node)} is a Dense layer of a tensor with {rank} dimensions:"
                " take Conv1D with kernel_size=1 in its place",
                operators=frozenset(["FULLY_CONNECTED"]),
            )


def _int64_index(model: Model) -> Iterator[Fact]:
    for subgraph, node in _nodes(model):
        if node.operator.name in ("ARG_MAX", "ARG_MIN") and any(
            tensor.dtype == "int64" for tensor in _tensors(subgraph, node.outputs)
        ):
            yield Fact(
                "int64_index",
                f"{subgraph.node_label(node)} gives int64, which no TFLM has a kernel for: call"
                " tf.argmax or tf.argmin with output_type=tf.int32",
                operators=frozenset([node.operator.name]),
            )
