# SPDX-License-Identifier: Apache-2.0
"""Makes the compiler's graph of a model: the reader's tensors and nodes as values and operators.

Whatever the compiler does not know is refused here, never passed over: an operator, a type, an
option that the operator's kernel does not read.

Calls of subgraphs and names of variables end here: IF and WHILE get what they call as blocks, a
resource variable becomes a value, and what CALL_ONCE calls is run, for the variables' first
contents.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from aot.graph import Graph, Op, Value, walk, writes_variable
from aot.interpreter import Budget, Interpreter, made_constant
from aot.kernels import common
from aot.kernels.kernel import Kernel
from aot.resource_variables import ResourceVariable, ResourceVariables
from tflite import schema
from tflite.model import Model, ModelError, Node, Option, Subgraph, Tensor

# Of what the file says: more than any chip has, and what an index of 32 bits can reach.
_MAX_ELEMENTS = 1 << 28
# Of operators that are called, each as often as its subgraph is, and of calls within calls.
_MAX_CALLED = 1 << 12
_MAX_DEPTH = 16
UNPACKED = {"int4": "int8", "float16": "float32"}
"""Types of constants that are stored in fewer bits, or that no kernel computes with, and what they
become."""
LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
"""Operators with an input and weights: floats beside integers become floats."""


class CompileError(ModelError):
    """A sound model that can't be compiled. The message has one line for each reason."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The reasons."""
        return tuple(str(self).splitlines())


def import_model(model: Model, kernels: Mapping[str, Kernel]) -> Graph:
    """Makes the graph of a model's first subgraph.

    Args:
      model: the model.
      kernels: of each operator that can be compiled.

    Returns:
      The graph. All of its operators are without problems.

    Raises:
      CompileError: the model can't be compiled: all reasons.
    """
    return _Importer(model, kernels).graph()


@dataclasses.dataclass(frozen=True, eq=False)
class _Handle:
    """What a tensor is that stands for a resource variable.

    Attributes:
      variable: the variable; None if no operator says how large it is.
    """

    variable: Value | None


_Slot = Value | _Handle | None


@dataclasses.dataclass
class _Scope:
    """A subgraph while its operators are read.

    Attributes:
      subgraph: the subgraph.
      slots: what each of its tensors is.
      known: values that have contents when the next operator runs.
      ops: what was read.
    """

    subgraph: Subgraph
    slots: list[Value | _Handle]
    known: set[Value] = dataclasses.field(default_factory=set)
    ops: list[Op] = dataclasses.field(default_factory=list)

    def inputs(self, node: Node) -> list[_Slot]:
        """Gives an operator's inputs; None for those that are left out."""
        return [self.slots[i] if i >= 0 else None for i in node.inputs]

    def outputs(self, node: Node) -> list[Value | _Handle]:
        """Gives an operator's outputs."""
        return [self.slots[i] for i in node.outputs]


class _Importer:
    def __init__(self, model: Model, kernels: Mapping[str, Kernel]) -> None:
        self._model = model
        self._kernels = kernels
        self._problems: list[str] = []
        self._values: dict[int, list[Value]] = {}
        # What variables contain before the first inference.
        self._initial: dict[Value, np.ndarray] = {}
        self._handles: dict[tuple[int, int], _Handle] = {}
        # The subgraphs that are being read, the first one first.
        self._calls: list[int] = []
        self._called = 0
        self._budget = Budget(len(model.content))

    def graph(self) -> Graph:
        main = self._model.subgraphs[0]
        scope = self._scope(main)
        values = self._values[0]
        for what, tensors in (("input", main.inputs), ("output", main.outputs)):
            self._problems += [
                f"the {what} {main.tensor_label(main.tensors[i])} has the type {values[i].dtype}:"
                " not supported"
                for i in tensors
                if values[i].dtype not in common.ALL_TYPES
            ]
        self._problems += [
            f"the input {main.tensor_label(main.tensors[i])} has its contents in the file"
            for i in main.inputs
            if values[i].is_constant
        ]
        self._find_variables()
        self._stop()
        scope.known.update(values[i] for i in main.inputs)
        self._read(scope)
        self._problems += [
            f"no operator writes the output {i}"
            for i in main.outputs
            if not _has_contents(values[i], scope)
        ]
        self._stop()
        return _with_variables(
            Graph(
                tuple(scope.ops),
                tuple(values[i] for i in main.inputs),
                tuple(values[i] for i in main.outputs),
            ),
            self._initial,
        )

    def _stop(self) -> None:
        if self._problems:
            raise CompileError("\n".join(f"{self._model.path}: {p}" for p in self._problems))

    def _find_variables(self) -> None:
        found = ResourceVariables(self._model)
        self._problems += found.problems
        handles: dict[int, _Handle] = {}
        for place, variable in found.by_node.items():
            if id(variable) not in handles:
                handles[id(variable)] = _Handle(self._resource_variable(variable))
            self._handles[place] = handles[id(variable)]

    def _resource_variable(self, variable: ResourceVariable) -> Value | None:
        like = variable.like
        if like is None or like.dtype not in common.ALL_TYPES or like.element_count > _MAX_ELEMENTS:
            return None
        value = Value(
            str(variable.name), like.shape, like.dtype, like.quantization, is_variable=True
        )
        if value.dtype == "bool" and value.zero_point:
            return None
        # As TFLM does, for all types: each byte is the zero point's lowest one.
        self._initial[value] = _filled(value, value.zero_point)
        return value

    def _scope(self, subgraph: Subgraph) -> _Scope:
        if subgraph.index not in self._values:
            before = len(self._problems)
            values = [self._value(subgraph, tensor) for tensor in subgraph.tensors]
            if len(self._problems) > before:
                # Operators would be refused for what is missing.
                self._stop()
            self._values[subgraph.index] = values
            for value in values:
                if value.is_variable and value.dtype in common.ALL_TYPES:
                    # As TFLM does: only int8 begins with its zero point.
                    start = value.zero_point if value.dtype == "int8" else 0
                    self._initial[value] = _filled(value, start)
        return _Scope(subgraph, list(self._values[subgraph.index]))

    def _read(self, scope: _Scope) -> None:
        self._calls.append(scope.subgraph.index)
        for node in scope.subgraph.nodes:
            self._called += len(self._calls) > 1
            if self._called > _MAX_CALLED:
                self._problems.append(
                    f"calls more than {_MAX_CALLED} operators, each counted as often as it is"
                    " called"
                )
                self._stop()
            if node.operator.name in CONTROL and not node.operator.custom:
                CONTROL[node.operator.name](self, scope, node)
            else:
                self._op(scope, node, scope.inputs(node), scope.outputs(node))
        self._calls.pop()

    def _value(self, subgraph: Subgraph, tensor: Tensor) -> Value:
        label = subgraph.tensor_label(tensor)
        # TFLM does not look at what the file has for a variable.
        is_constant = tensor.is_constant and not tensor.is_variable
        # Nothing writes what has no elements.
        if not tensor.element_count and tensor.index not in subgraph.inputs:
            is_constant = not tensor.is_variable
        dtype = UNPACKED.get(tensor.dtype, tensor.dtype) if is_constant else tensor.dtype
        used = dtype in common.ALL_TYPES
        if tensor.element_count > _MAX_ELEMENTS:
            self._problems.append(f"{label} has {tensor.element_count} elements")
            used = False
        elif math.prod(size or 1 for size in tensor.shape) > _MAX_ELEMENTS:
            # Numpy, too, refuses such a shape, though it has no elements.
            self._problems.append(f"{label} has the shape {list(tensor.shape)}: not supported")
            used = False
        data = None
        if tensor.is_sparse:
            self._problems.append(f"{label} is sparse: convert the model without sparse weights")
        elif tensor.in_another_file:
            self._problems.append(f"{label} has its contents in another file")
        elif used and is_constant:
            data = self._contents(label, tensor)
        return Value(
            tensor.name,
            tensor.shape,
            dtype,
            tensor.quantization,
            data,
            tensor.is_variable,
            tensor.index,
        )

    def _contents(self, label: str, tensor: Tensor) -> np.ndarray | None:
        contents = self._model.contents(tensor)
        if tensor.byte_size is None or len(contents) < tensor.byte_size:
            self._problems.append(
                f"{label} has {len(contents)} bytes of contents, and its shape"
                f" {list(tensor.shape)} takes {tensor.byte_size}"
            )
            return None
        contents = contents[: tensor.byte_size]
        if tensor.dtype == "int4":
            packed = np.frombuffer(contents, np.uint8)
            # The low half comes first; the sign is the half's highest bit.
            halves = np.stack([packed & 15, packed >> 4], axis=-1).ravel()[: tensor.element_count]
            data = ((halves.astype(np.int8) ^ 8) - 8).astype(np.int8)
        elif tensor.dtype == "float16":
            data = np.frombuffer(contents, "<f2").astype(np.float32)
        else:
            data = np.frombuffer(contents, np.dtype(tensor.dtype).newbyteorder("<"))
            data = data.astype(tensor.dtype)
        data = data.reshape(tensor.shape)
        data.flags.writeable = False
        return data

    def _op(
        self,
        scope: _Scope,
        node: Node,
        inputs: Sequence[_Slot],
        outputs: Sequence[Value | _Handle],
    ) -> None:
        """Reads an operator that has a kernel."""
        label = _label(scope, node)
        kernel = None if node.operator.custom else self._kernels.get(node.operator.name)
        if kernel is None:
            kind = "a custom operator" if node.operator.custom else "not supported"
            self._problems.append(
                f"{label}, version {node.operator.version}, is {kind}: run this model with TFLM"
                " (tflm_cc_library)"
            )
        elif outputs and all(isinstance(value, Value) and not value.size for value in outputs):
            # It computes nothing.
            return
        if not self._in_order(scope, label, inputs, outputs) or kernel is None:
            return
        unread = list(self._unread_options(node, kernel))
        if unread:
            self._problems += [f"{label} {reason}" for reason in unread]
            return
        defaults = _defaults(node.options_type)
        values = self._values[scope.subgraph.index]
        op = Op(
            node.operator.name,
            tuple(v for v in inputs if not isinstance(v, _Handle)),
            tuple(v for v in outputs if isinstance(v, Value)),
            {
                name: node.options.get(name, defaults.get(name, _default_of(name)))
                for name in kernel.options
            },
            node.index,
            tuple(values[i] if i >= 0 else None for i in node.intermediates),
        )
        op = _with_float_weights(op)
        problems = list(kernel.problems(op)) or list(_overlaps(op, kernel))
        self._problems += [f"{label} {reason}" for reason in problems]
        if problems:
            return
        scope.ops.append(op)
        if kernel.is_known(op) and not writes_variable(op) and self._budget.covers([op]):
            # For operators that need to know it: weights, shapes, axes.
            for tensor, value in zip(node.outputs, made_constant(op, kernel), strict=True):
                scope.slots[tensor] = value

    def _in_order(
        self,
        scope: _Scope,
        label: str,
        inputs: Sequence[_Slot],
        outputs: Sequence[Value | _Handle],
    ) -> bool:
        """Checks that inputs have contents, and outputs none yet, and the types of both.

        Args:
          scope: where the operator is. Its outputs are known from here on.
          label: the operator.
          inputs: of it; handles are refused, so leave out those that it may have.
          outputs: of it, too.

        Returns:
          Whether the types are such that the compiler knows them.
        """
        types = [
            v.dtype if isinstance(v, Value) else "resource"
            for v in (*inputs, *outputs)
            if v is not None
        ]
        bad = [dtype for dtype in types if dtype not in common.ALL_TYPES]
        if bad:
            self._problems.append(f"{label} has a tensor of type {bad[0]}: not supported")
        for value in inputs:
            if isinstance(value, Value) and not _has_contents(value, scope):
                self._problems.append(
                    f"{label} reads tensor {value.tensor} before an operator has written it"
                )
        for value in outputs:
            if not isinstance(value, Value):
                continue
            if value.is_constant or (value in scope.known and not value.is_variable):
                self._problems.append(f"{label} writes tensor {value.tensor} once more")
            scope.known.add(value)
        return not bad

    def _var_handle(self, scope: _Scope, node: Node) -> None:
        label = _label(scope, node)
        if node.inputs or len(node.outputs) != 1:
            self._problems.append(
                f"{label} has {len(node.inputs)} inputs and {len(node.outputs)} outputs: not"
                " supported"
            )
            return
        (output,) = node.outputs
        if scope.subgraph.tensors[output].dtype not in ("resource", "int32"):
            self._problems.append(f"{label} has an output that is not a handle: not supported")
        scope.slots[output] = self._handles[scope.subgraph.index, node.index]

    def _variable_op(self, scope: _Scope, node: Node) -> None:
        """Reads READ_VARIABLE or ASSIGN_VARIABLE: a copy from a value, or to one."""
        label = _label(scope, node)
        handle, *inputs = scope.inputs(node) or [None]
        if not isinstance(handle, _Handle):
            self._problems.append(f"{label} has a first input that no VAR_HANDLE makes")
        elif handle.variable is None:
            self._problems.append(
                f"{label} uses a variable of unknown size: no ASSIGN_VARIABLE comes after its"
                " VAR_HANDLE in the same subgraph"
            )
        elif node.operator.name == "READ_VARIABLE":
            self._op(scope, node, [handle.variable, *inputs], scope.outputs(node))
            return
        else:
            self._op(scope, node, inputs, [handle.variable, *scope.outputs(node)])
            return
        scope.known.update(v for v in scope.outputs(node) if isinstance(v, Value))

    def _call_once(self, scope: _Scope, node: Node) -> None:
        """Runs what it calls now."""
        label = _label(scope, node)
        if len(self._calls) > 1:
            self._problems.append(f"{label} is in a subgraph that is called: not supported")
            return
        if node.inputs or node.outputs:
            self._problems.append(f"{label} has inputs or outputs: not supported")
            return
        called = self._call(label, node.options.get("init_subgraph_index"), [])
        if called is None or self._problems:
            return
        graph = _with_variables(Graph(tuple(called.ops), (), ()), self._initial)
        if not set(graph.variables).isdisjoint(Graph(tuple(scope.ops), (), ()).values()):
            self._problems.append(
                f"{label} comes after operators that use the same variables: not supported"
            )
        elif any(op.kind == "WHILE" for op in walk(graph.ops)):
            self._problems.append(f"{label} calls a subgraph with a WHILE: not supported")
        elif not self._budget.covers(graph.ops):
            self._problems.append(f"{label} calls a subgraph that computes much: not supported")
        else:
            known = Interpreter(graph, self._kernels).run([])
            self._initial |= {v: known[v] for v in graph.variables}

    def _call(
        self, label: str, index: Option, arguments: Sequence[_Slot], outputs: int | None = None
    ) -> _Scope | None:
        """Reads a subgraph for an operator that calls it.

        Args:
          label: the operator.
          index: of the subgraph.
          arguments: what its inputs are.
          outputs: how many outputs it must have; None for any number.

        Returns:
          What was read; None if it can't be called.
        """
        subgraphs = self._model.subgraphs
        if not isinstance(index, int) or not 0 <= index < len(subgraphs):
            self._problems.append(f"{label} calls subgraph {index}, of {len(subgraphs)}")
            return None
        if index in self._calls or len(self._calls) >= _MAX_DEPTH:
            self._problems.append(
                f"{label} calls subgraph {index} from within itself, or too deep: not supported"
            )
            return None
        subgraph = subgraphs[index]
        expected = len(subgraph.outputs) if outputs is None else outputs
        if (len(subgraph.inputs), len(subgraph.outputs)) != (len(arguments), expected):
            self._problems.append(
                f"{label} calls subgraph {index}, which has {len(subgraph.inputs)} inputs and"
                f" {len(subgraph.outputs)} outputs, with {len(arguments)} and {expected}"
            )
            return None
        if len(set(subgraph.inputs)) < len(subgraph.inputs):
            self._problems.append(f"{label} calls subgraph {index}, which has an input twice")
            return None
        inner = self._scope(subgraph)
        for tensor, slot in zip(subgraph.inputs, arguments, strict=True):
            own = self._values[index][tensor]
            if isinstance(slot, Value) and not _interchangeable(slot, own):
                self._copy(label, slot, own, inner.ops)
                inner.known.add(own)
            elif slot is not None:
                # Nothing writes a subgraph's inputs, so that no copy is needed.
                inner.slots[tensor] = slot
                inner.known.update((slot,) if isinstance(slot, Value) else ())
        self._read(inner)
        for tensor in subgraph.outputs:
            value = inner.slots[tensor]
            if isinstance(value, Value) and not _has_contents(value, inner):
                self._problems.append(f"no operator writes the output {tensor} of subgraph {index}")
        return inner

    def _copy(self, label: str, source: _Slot, to: _Slot, ops: list[Op]) -> None:
        """Adds a copy of a tensor of one subgraph to one of another."""
        if not isinstance(source, Value) or not isinstance(to, Value):
            self._problems.append(f"{label} has a handle or nothing where it needs a tensor")
        elif (
            source.dtype != to.dtype
            or to.dtype not in common.ALL_TYPES
            or source.size != to.size
            or to.is_constant
            or not to.size
        ):
            self._problems.append(
                f"{label} can't pass {source.dtype}{list(source.shape)} on as"
                f" {to.dtype}{list(to.shape)}"
            )
        else:
            ops.append(Op("COPY", (source,), (to,)))

    def _if(self, scope: _Scope, node: Node) -> None:
        label = _label(scope, node)
        self._in_order(scope, label, _tensors(scope.inputs(node)), _tensors(scope.outputs(node)))
        condition, *arguments = scope.inputs(node) or [None]
        branches = [
            self._call(label, node.options.get(key), arguments, len(node.outputs))
            for key in ("then_subgraph_index", "else_subgraph_index")
        ]
        blocks: list[list[Op]] = []
        for branch in branches:
            if branch is None:
                return
            blocks.append(branch.ops)
            for tensor, place in zip(branch.subgraph.outputs, node.outputs, strict=True):
                self._pass_out(label, branch.slots[tensor], scope, place, branch.ops)
        self._add_control(scope, node, condition, blocks)

    def _pass_out(self, label: str, slot: _Slot, scope: _Scope, place: int, ops: list[Op]) -> None:
        """Gives an output of a subgraph to the operator that called it."""
        to = scope.slots[place]
        if isinstance(slot, _Handle) and isinstance(to, Value) and to.dtype == "resource":
            scope.slots[place] = slot
        elif slot is not to:
            self._copy(label, slot, to, ops)

    def _while(self, scope: _Scope, node: Node) -> None:
        label = _label(scope, node)
        inputs = scope.inputs(node)
        self._in_order(scope, label, _tensors(inputs), _tensors(scope.outputs(node)))
        if len(inputs) != len(node.outputs):
            self._problems.append(
                f"{label} has {len(inputs)} inputs and {len(node.outputs)} outputs: not supported"
            )
            return
        first: list[Op] = []
        for slot, place in zip(inputs, node.outputs, strict=True):
            self._pass_out(label, slot, scope, place, first)
        carried = scope.outputs(node)
        condition = self._call(label, node.options.get("cond_subgraph_index"), carried, 1)
        body = self._call(label, node.options.get("body_subgraph_index"), carried, len(carried))
        if condition is None or body is None:
            return
        # All outputs are of the same round, though some may be inputs of it.
        last: list[Op] = []
        for tensor, place in zip(body.subgraph.outputs, node.outputs, strict=True):
            slot = body.slots[tensor]
            if isinstance(slot, Value) and slot in carried and slot is not scope.slots[place]:
                saved = dataclasses.replace(slot, tensor=None)
                body.ops.append(Op("COPY", (slot,), (saved,)))
                slot = saved
            self._pass_out(label, slot, scope, place, last)
        test = condition.slots[condition.subgraph.outputs[0]]
        self._add_control(scope, node, test, [first, condition.ops, [*body.ops, *last]])

    def _add_control(
        self, scope: _Scope, node: Node, condition: _Slot, blocks: Sequence[Sequence[Op]]
    ) -> None:
        if not isinstance(condition, Value) or (condition.dtype, condition.size) != ("bool", 1):
            self._problems.append(f"{_label(scope, node)} has a condition that is not one boolean")
            return
        outputs = tuple(v for v in scope.outputs(node) if isinstance(v, Value))
        blocks = _needed(blocks, {condition, *outputs})
        within = list(walk(op for block in blocks for op in block))
        made = {v for op in within for v in op.outputs}
        read = dict.fromkeys(v for op in within for v in op.inputs if v is not None)
        scope.ops.append(
            Op(
                node.operator.name,
                tuple(v for v in {condition: None} | read if not (v in made or v.is_constant)),
                outputs,
                index=node.index,
                blocks=tuple(map(tuple, blocks)),
                condition=condition,
            )
        )

    def _unread_options(self, node: Node, kernel: Kernel) -> Iterator[str]:
        defaults = _defaults(node.options_type)
        for name, value in node.options.items():
            if name not in kernel.options and value not in (defaults.get(name), None, (), ""):
                yield f"has the option {name} = {value}: not supported"


CONTROL = {
    "ASSIGN_VARIABLE": _Importer._variable_op,
    "CALL_ONCE": _Importer._call_once,
    "IF": _Importer._if,
    "READ_VARIABLE": _Importer._variable_op,
    "VAR_HANDLE": _Importer._var_handle,
    "WHILE": _Importer._while,
}
"""Operators that are read in a way of their own."""


def _label(scope: _Scope, node: Node) -> str:
    where = f" of subgraph {scope.subgraph.index}" if scope.subgraph.index else ""
    return f"operator {node.index} ({node.operator.name}){where}"


def _has_contents(value: Value, scope: _Scope) -> bool:
    return value.is_constant or value.is_variable or value in scope.known


def _tensors(slots: Sequence[_Slot]) -> list[Value]:
    """Leaves out handles, and tensors that may become some."""
    return [v for v in slots if isinstance(v, Value) and v.dtype != "resource"]


def _interchangeable(argument: Value, own: Value) -> bool:
    """Whether a called subgraph may read what it is given in place of its own input."""
    return (
        (argument.dtype, argument.shape, argument.quantization)
        == (own.dtype, own.shape, own.quantization)
        # What is assigned to a variable must not change the other one.
        and not (argument.is_variable or own.is_variable or own.is_constant)
    )


def _overlaps(op: Op, kernel: Kernel) -> Iterator[str]:
    """Finds variables that an operator reads while it writes them."""
    changed = [op.input(i) for i in kernel.changed(op)]
    for value in (*changed, *op.outputs):
        if (*op.inputs, *op.outputs).count(value) > 1:
            yield f"has the tensor {value.tensor}, which it writes, twice: not supported"


def _needed(blocks: Sequence[Sequence[Op]], wanted: set[Value | None]) -> list[list[Op]]:
    """Leaves out of blocks what nobody reads, e.g. what made a constant that is known."""
    kept: list[list[Op]] = []
    for block in reversed(blocks):
        kept.insert(0, [])
        for op in reversed(block):
            if op.blocks or writes_variable(op) or wanted.intersection(op.outputs):
                wanted.update(op.inputs)
                kept[0].insert(0, op)
    return kept


def _filled(value: Value, byte: int) -> np.ndarray:
    """Makes contents of the same byte all over."""
    one = np.full(np.dtype(value.dtype).itemsize, byte & 0xFF, np.uint8).view(value.dtype)
    return np.broadcast_to(one[0], value.shape)


def _with_variables(graph: Graph, initial: Mapping[Value, np.ndarray]) -> Graph:
    """Adds the variables that a graph uses."""
    variables = tuple(v for v in graph.values() if v.is_variable)
    return dataclasses.replace(
        graph, variables=variables, initial={v: initial[v] for v in variables}
    )


def _with_float_weights(op: Op) -> Op:
    """Makes a layer of floats of one with floats and weights of 8 bits or less.

    TFLM refuses such layers, and TFLite's kernels round their inputs to 8 bits at run time. Here
    the weights become the floats that they stand for, and nothing is rounded.

    Args:
      op: any operator.

    Returns:
      The layer with weights of float32; other operators as they are.
    """
    source, weights = op.optional_input(0), op.optional_input(1)
    if op.kind not in LAYERS or source is None or weights is None or weights.data is None:
        return op
    if source.dtype != "float32" or weights.dtype != "int8" or weights.quantization is None:
        return op
    scales, zeros = weights.quantization.scales, weights.quantization.zero_points
    shape = [1] * len(weights.shape)
    if weights.quantization.per_channel:
        axis = weights.quantization.axis
        if not 0 <= axis < len(shape) or weights.shape[axis] != len(scales):
            return op
        shape[axis] = len(scales)
    shifted = weights.data.astype(np.int64) - np.reshape(zeros, shape)
    data = shifted.astype(np.float32) * np.reshape(np.float32(scales), shape)
    data.flags.writeable = False
    made = dataclasses.replace(weights, dtype="float32", quantization=None, data=data, tensor=None)
    return dataclasses.replace(
        op,
        inputs=(source, made, *op.inputs[2:]),
        note="weights of 8 bits or less in the model, float32 here",
    )


def _defaults(options_type: str) -> dict[str, Option]:
    """Finds the schema's defaults of a kind of options, by name."""
    found: dict[str, Option] = {}
    for name, (_, _, default) in schema.TABLES.get(options_type, {}).items():
        if name == "fused_activation_function":
            found[name] = "NONE"
        elif name == "padding":
            found[name] = "SAME"
        else:
            found[name] = default
    return found


def _default_of(name: str) -> Option:
    """Gives the default of an option of a node without options."""
    # TFLM takes an unknown mode of MIRROR_PAD, which is 0 there, for SYMMETRIC.
    known: dict[str, Option] = {"fused_activation_function": "NONE", "mode": 1, "padding": "SAME"}
    return known.get(name, 0)
