# SPDX-License-Identifier: Apache-2.0
"""Which cores CMSIS-NN is for."""

_CPUS = ["armv6-m", "armv7-m", "armv7e-m", "armv7e-mf", "armv8-m"]

# For target_compatible_with.
CORTEX_M_ONLY = select({
    "@platforms//cpu:" + cpu: []
    for cpu in _CPUS
} | {
    "//conditions:default": [Label("//third_party/cmsis_nn:cortex_m_core")],
})
