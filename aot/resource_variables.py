# SPDX-License-Identifier: Apache-2.0
"""Finds resource variables: which operators name the same one, and how large each is.

Source: micro_resource_variable.cc, var_handle.cc and assign_variable.cc of TFLM.
"""

from __future__ import annotations

import dataclasses

from tflite.model import Model, Node, Option, Tensor


@dataclasses.dataclass
class ResourceVariable:
    """A resource variable.

    Attributes:
      container: its name's first part; None if the file has none.
      name: its name.
      like: a tensor of its type, shape and quantization; None if no operator says.
    """

    container: Option
    name: Option
    like: Tensor | None = None


class ResourceVariables:
    """The resource variables of a model.

    Attributes:
      by_node: by subgraph and operator: what each VAR_HANDLE stands for.
      problems: why not.
    """

    def __init__(self, model: Model) -> None:
        """Finds them as TFLM does before the first inference: in the order of the file.

        Args:
          model: the model.
        """
        self.by_node: dict[tuple[int, int], ResourceVariable] = {}
        self.problems: list[str] = []
        self._found: list[ResourceVariable] = []
        for subgraph in model.subgraphs:
            handles: dict[int, ResourceVariable] = {}
            for node in subgraph.nodes:
                if node.operator.custom:
                    continue
                if node.operator.name == "VAR_HANDLE" and len(node.outputs) == 1:
                    variable = self._named(node, subgraph.node_label(node))
                    self.by_node[subgraph.index, node.index] = variable
                    handles[node.outputs[0]] = variable
                elif node.operator.name == "ASSIGN_VARIABLE" and len(node.inputs) == 2:
                    # The first one whose variable is known by then says how large it is.
                    handle, value = node.inputs
                    if handle in handles and value >= 0 and handles[handle].like is None:
                        handles[handle].like = subgraph.tensors[value]

    def _named(self, node: Node, label: str) -> ResourceVariable:
        container, name = node.options.get("container"), node.options.get("shared_name")
        if "\\" in f"{container}{name}":
            # The reader escapes what can't be printed: others would be the same then.
            self.problems.append(
                f"{label} has a name with a backslash or unprintable: not supported"
            )
        for variable in self._found:
            if container is not None and variable.container is None:
                # TFLM would compare with a null pointer.
                self.problems.append(
                    f"{label} has a container, and a variable before it has none: not supported"
                )
                return variable
            if name == variable.name and container in (None, variable.container):
                return variable
        self._found.append(ResourceVariable(container, name))
        return self._found[-1]
