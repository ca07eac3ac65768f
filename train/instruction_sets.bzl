# SPDX-License-Identifier: Apache-2.0
"""The names that train/instructions.py knows; a test compares the two."""

INSTRUCTION_SETS = [
    "sse41",
    "avx",
    "avx2",
    "avx512",
]
