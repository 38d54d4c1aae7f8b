"""Rewrites a network into one that OpenVINO calculates faster and that gives the same.

Every rewrite looks for one pattern at the end of a network, changes the model in place, and leaves one alone that does
not have it. Products and sums are the same ones; only where they are rounded may differ. Left out: anything that knows
what a network is for. OpenVINO's operators come as an argument, because one module alone imports the library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_POINTWISE = frozenset({"Relu", "Sigmoid"})


def fold_enlargement(model: Any, operators: Any) -> bool:  # noqa: ANN401  # the library publishes no types
    """Let a network that ends in enlarging convolutions enlarge once, at its very end; tell whether it was such.

    A transposed convolution whose kernel is as large as its stride gives each pixel a block of its own, which is a
    convolution of 1 × 1 with a channel for every place in the block. What follows pixel by pixel can be done before the
    blocks are spread out. OpenVINO calculates transposed convolutions and all after them in float32 with the channels
    innermost, of which the last has one: a sixth of the time of PP-OCR's detection on a processor with bfloat16.
    """
    result = model.get_results()[0]
    steps = _enlarging_end(result.input_value(0))
    if not steps:
        return False
    scale, output = 1, steps[0].input_value(0)
    for step in steps:
        kind = step.get_type_name()
        if kind == "ConvolutionBackpropData":
            kernel = _constant(step)
            spread = operators.constant(_spread_kernel(kernel, scale))
            output = operators.convolution(output, spread, [1, 1], [0, 0], [0, 0], [1, 1]).output(0)
            scale *= kernel.shape[2]
        elif kind == "Add":
            bias = np.tile(_constant(step).reshape(-1), scale * scale)
            output = operators.add(output, operators.constant(bias.reshape(1, -1, 1, 1))).output(0)
        else:
            output = (operators.relu if kind == "Relu" else operators.sigmoid)(output).output(0)
    enlarged = operators.depth_to_space(output, "blocks_first", scale)
    result.input(0).replace_source_output(enlarged.output(0))
    model.validate_nodes_and_infer_types()
    return True


def take_off_last_layer(model: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:  # noqa: ANN401  # as above
    """Let a network that ends in a dense layer and a softmax give what goes into that layer; return its numbers.

    They are weights of (features, classes) and a bias of (classes,); None where the network ends otherwise, and is left
    as it was.
    """
    result = model.get_results()[0]
    softmax = _behind_identities(result.input_value(0))
    if softmax.get_type_name() != "Softmax":
        return None
    added = _behind_identities(softmax.input_value(0))
    if added.get_type_name() != "Add" or not _has_constant(added):
        return None
    product = _behind_identities(added.input_value(0))
    if product.get_type_name() != "MatMul" or not _has_constant(product):
        return None
    weights, bias, attributes = _constant(product), _constant(added).reshape(-1), product.get_attributes()
    if attributes["transpose_b"]:
        weights = weights.T
    if attributes["transpose_a"] or weights.ndim != 2 or len(bias) != weights.shape[1]:
        return None
    result.input(0).replace_source_output(product.input_value(0))
    model.validate_nodes_and_infer_types()
    return weights.copy(), bias.copy()


def _enlarging_end(output: Any) -> list[Any]:  # noqa: ANN401  # as above
    """Return the last nodes of a network from its first enlarging convolution on, empty where it has none."""
    found: list[Any] = []
    node = _behind_identities(output)
    while _is_enlarging(node) or node.get_type_name() in _POINTWISE or _adds_by_channel(node):
        found.append(node)
        node = _behind_identities(node.input_value(0))
    while found and not _is_enlarging(found[-1]):
        found.pop()
    return found[::-1]


def _is_enlarging(node: Any) -> bool:  # noqa: ANN401  # as above
    if node.get_type_name() != "ConvolutionBackpropData" or node.get_input_size() != 2 or not _has_constant(node):
        return False
    attributes = node.get_attributes()
    kernel_size = list(_constant(node).shape[2:])
    moved = any((*attributes["pads_begin"], *attributes["pads_end"], *attributes["output_padding"]))
    return not moved and attributes["strides"] == kernel_size and kernel_size in ([2, 2], [3, 3], [4, 4])


def _adds_by_channel(node: Any) -> bool:  # noqa: ANN401  # as above
    if node.get_type_name() != "Add" or not _has_constant(node):
        return False
    shape = _constant(node).shape
    return len(shape) == 4 and shape == (1, shape[1], 1, 1)


def _spread_kernel(kernel: NDArray[np.float32], scale: int) -> NDArray[np.float32]:
    """Return a 1 × 1 kernel that gives every block of `scale` × `scale` pixels, held as channels, a block for each.

    From (inputs, outputs, stride, stride) to (outputs · (scale · stride)², inputs · scale², 1, 1); of the channels the
    places in the block come first, row by row.
    """
    inputs, outputs, stride, _ = kernel.shape
    spread = np.zeros((scale, stride, scale, stride, outputs, scale, scale, inputs), np.float32)
    for row in range(scale):
        for column in range(scale):
            spread[row, :, column, :, :, row, column, :] = kernel.transpose(2, 3, 1, 0)
    return spread.reshape(outputs * (scale * stride) ** 2, inputs * scale**2, 1, 1)


def _behind_identities(output: Any) -> Any:  # noqa: ANN401  # as above
    node = output.get_node()
    while node.get_type_name() == "Identity":
        node = node.input_value(0).get_node()
    return node


def _has_constant(node: Any) -> bool:  # noqa: ANN401  # as above
    second = _behind_identities(node.input_value(1))
    return bool(second.get_type_name() == "Constant" and second.get_element_type().is_real())


def _constant(node: Any) -> NDArray[np.float32]:  # noqa: ANN401  # as above
    """Return the second input of a node that has a constant there."""
    return np.asarray(_behind_identities(node.input_value(1)).data, np.float32)
