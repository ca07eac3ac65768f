# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest: of a test with a parameter `seed` the first two run every day.

`--test_env=ALL_SEEDS=1` runs all.
"""

from __future__ import annotations

import os

import pytest

EVERY_DAY = 2
"""How many seeds run without ALL_SEEDS."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out later seeds.

    Args:
      config: of pytest.
      items: all tests; those that are left out are removed.
    """
    if os.environ.get("ALL_SEEDS"):
        return
    first: dict[str, dict[object, None]] = {}
    kept: list[pytest.Item] = []
    later: list[pytest.Item] = []
    for item in items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        seeds = first.setdefault(item.nodeid.partition("[")[0], {})
        if "seed" in params and len(seeds) < EVERY_DAY:
            seeds[params["seed"]] = None
        (kept if "seed" not in params or params["seed"] in seeds else later).append(item)
    items[:] = kept
    if later:
        config.hook.pytest_deselected(items=later)
