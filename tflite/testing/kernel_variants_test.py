# SPDX-License-Identifier: Apache-2.0
"""Tests of kernel_variants.py; //firmware/testing runs the models."""

import pytest

from tflite import reader
from tflite.testing import kernel_variants

_MODELS = {
    "conv": (
        lambda: kernel_variants.build_convolutions(depthwise=False),
        kernel_variants.CONVOLUTIONS,
    ),
    "depthwise": (
        lambda: kernel_variants.build_convolutions(depthwise=True),
        kernel_variants.DEPTHWISE_CONVOLUTIONS,
    ),
    "dense": (kernel_variants.build_dense, kernel_variants.DENSE),
    "pool": (kernel_variants.build_pools, kernel_variants.POOLS),
}


@pytest.mark.parametrize("kind", _MODELS)
def test_each_variant_is_an_output(kind):
    build, variants = _MODELS[kind]
    (graph,) = reader.parse_model(build(), "a.tflite").subgraphs
    assert len(graph.inputs) == len(variants)
    assert len(graph.outputs) == sum(len(items) for items in variants.values())


@pytest.mark.parametrize("kind", _MODELS)
def test_building_twice_gives_the_same_bytes(kind):
    build, _ = _MODELS[kind]
    assert build() == build()
