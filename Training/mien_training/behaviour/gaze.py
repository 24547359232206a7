"""Prints what `Sources/Behaviour/Engine/Saccades.swift` takes from people's fixations in video calls:
`python -m mien_training.behaviour.gaze [--data FOLDER]`.

Reads `gaze/fixations.csv.gz` (psyberlab/eye-gaze-during-conversation-dataset, Apache-2.0): for each phase of a conversation
the time from the begin of one fixation to the next, and how far the eyes are from the middle. Pixels become degrees at 40 a
degree, a screen of some 50 cm at 60 cm; the spread is the middle half's, scaled as a normal one's, since looks away from the
screen are counted by the gaze aversion.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
from collections import defaultdict
from pathlib import Path

import numpy as np

PIXELS_A_DEGREE = 40.0
#: The middle half of a normal distribution is this many deviations wide.
MIDDLE_HALF = 1.349


def figures(rows: list[dict[str, str]]) -> dict[str, float]:
    """Seconds from fixation to fixation (median, and deviation of the logarithm), and the spread of positions, degrees."""
    gaps = np.array([float(row["duration_ms"]) + float(row["pause_ms"]) for row in rows]) / 1000
    gaps = gaps[gaps > 0]

    def spread(column: str) -> float:
        values = defaultdict(list)
        for row in rows:
            values[row["subject"]].append(float(row[column]))
        halves = [np.subtract(*np.percentile(v, [75, 25])) for v in values.values() if len(v) >= 50]
        return float(np.median(halves)) / MIDDLE_HALF / PIXELS_A_DEGREE

    return {
        "gap_median_s": float(np.median(gaps)), "gap_log_deviation": float(np.log(gaps).std()),
        "across_deg": spread("x_px"), "down_deg": spread("y_px"),
    }


def read(data: Path) -> dict[str, list[dict[str, str]]]:
    phases = defaultdict(list)
    with gzip.open(data / "gaze" / "fixations.csv.gz", "rt") as file:
        for row in csv.DictReader(file):
            phases[row["phase"]].append(row)
    return phases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MIEN_DATA", "../../shared/data")))
    for phase, rows in sorted(read(parser.parse_args().data).items()):
        found = figures(rows)
        print(f"{phase:9} {len(rows):6} fixations  " + "  ".join(f"{name} {value:.2f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
