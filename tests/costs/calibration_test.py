# SPDX-License-Identifier: Apache-2.0
"""What no layer of the calibration does has no cost: each kind of a loop must be among them."""

from collections import Counter
from collections.abc import Mapping

import pytest

from aot.costs import fitting, model_calls
from tests.costs import calibrated_models, calibration


@pytest.fixture(scope="module")
def kinds() -> Counter[tuple[str, str]]:
    """How many layers call a function, by the kind of its loops."""
    found: Counter[tuple[str, str]] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        chosen = {n: made for n, made in calibration._KINDS.items() if n.startswith("channels_")}
        patch.setattr(calibration, "_KINDS", chosen)
        for sort in calibration.SORTS:
            for model in calibrated_models.compiled(f"portable_{sort}").values():
                for made in model_calls.features_of(model):
                    for function, features in made:
                        found[function, _kind(features)] += 1
    return found


def _kind(features: Mapping[str, float]) -> str:
    (name,) = (n for n in features if n.split("@")[0] == "windows")
    return name.partition("@")[2]


@pytest.mark.parametrize("function", ["conv_2d_float", "conv_2d_int16:false"])
@pytest.mark.parametrize("once", ["", fitting.ONCE])
@pytest.mark.parametrize(
    "kind", ["", "one", *(f"{o}few_{n}" for o in ("", "one,") for n in range(1, 5))]
)
def test_each_kind_of_loop_is_measured(
    kinds: Counter[tuple[str, str]], function: str, once: str, kind: str
):
    # Of few channels one is enough; of many the number of channels is to differ.
    assert kinds[function + once, kind] >= (1 if "few" in kind else 4)
