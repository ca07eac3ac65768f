# SPDX-License-Identifier: Apache-2.0
"""Times several candidates in interleaved rounds, and sums up the times; pure except the clock."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

Batch = Callable[[int], float]
"""Runs so many inferences; returns the seconds that all of them took."""


def batch_size(run: Batch, seconds: float) -> int:
    """Finds how many inferences take about so long.

    Args:
      run: runs a batch.
      seconds: how long a batch is to take.

    Returns:
      At least 1.
    """
    count = 1
    while (elapsed := run(count)) < seconds / 10 and count < 1_000_000:
        count *= 4
    return max(1, round(count * seconds / max(elapsed, 1e-9)))


def time_rounds(
    candidates: Mapping[str, Batch], *, rounds: int, batch_seconds: float
) -> dict[str, list[float]]:
    """Times a batch of each candidate in each round, so that a busy machine disturbs all alike.

    Args:
      candidates: what to time, by name.
      rounds: how many batches of each.
      batch_seconds: about how long a batch takes.

    Returns:
      By name, for each round the microseconds that one inference took.
    """
    counts = {name: batch_size(run, batch_seconds) for name, run in candidates.items()}
    times: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    for i in range(rounds):
        # Each is first, second and last equally often.
        for name in names[i % len(names) :] + names[: i % len(names)]:
            times[name].append(candidates[name](counts[name]) / counts[name] * 1e6)
    return times


def summarize(times: Mapping[str, Sequence[float]]) -> list[dict[str, float | str]]:
    """Sums up what `time_rounds` measured.

    Args:
      times: by name, microseconds; the first name is what the others are compared with.

    Returns:
      For each, its median, minimum, maximum, quartiles, and the ratios of its median and of its
      minimum to the first's. On a busy machine those of the minima are more reliable.
    """
    results: list[dict[str, float | str]] = []
    first = next(iter(times.values()))
    reference, least = statistics.median(first), min(first)
    for name, values in times.items():
        quartiles = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
        median = statistics.median(values)
        results.append(
            {
                "name": name,
                "median_us": round(median, 3),
                "min_us": round(min(values), 3),
                "max_us": round(max(values), 3),
                "quartile_1_us": round(quartiles[0], 3),
                "quartile_3_us": round(quartiles[2], 3),
                "ratio": round(median / reference, 4),
                "min_ratio": round(min(values) / least, 4),
                "rounds": len(values),
            }
        )
    return results


def table(results: Sequence[Mapping[str, float | str]]) -> str:
    """Formats results for people.

    Args:
      results: of `summarize`.

    Returns:
      A line for each, after one with the titles.
    """
    lines = [
        f"{'':14} {'median us':>10} {'min':>10} {'quartiles':>19} {'max':>10} {'ratio':>7}"
        f" {'of min':>7}"
    ]
    lines += [
        f"{r['name']:14} {r['median_us']:10.2f} {r['min_us']:10.2f}"
        f" {r['quartile_1_us']:9.2f}-{r['quartile_3_us']:9.2f} {r['max_us']:10.2f}"
        f" {r['ratio']:7.3f} {r['min_ratio']:7.3f}"
        for r in results
    ]
    return "\n".join(lines)
