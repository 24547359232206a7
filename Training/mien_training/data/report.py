"""Says how much of each channel is measured and how much is lifted: ``python -m mien_training.data.report``.

A measured channel is in the recording as such (or estimated by its tracker). A lifted one was derived here: by fitting the
face basis to landmarks, or from an action unit. Prints a Markdown table; ``--json`` prints the same as JSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from .cache import SOURCES, cache_folder, load_tracks
from .channels import CHANNELS
from .track import Track


def minutes(tracks: list[Track]) -> dict[str, dict[str, dict[str, float]]]:
    """channel → source → {measured, lifted} in minutes."""
    table = {name: {s: {"measured": 0.0, "lifted": 0.0} for s in SOURCES} for name in CHANNELS}
    for track in tracks:
        duration = len(track) / track.fps / 60
        for i in np.flatnonzero(track.sensed):
            table[CHANNELS[i]][track.source]["lifted" if track.lifted[i] else "measured"] += duration
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=Path, default=cache_folder())
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    tracks = load_tracks(arguments.tracks)
    table = minutes(tracks)
    totals = {s: sum(len(t) / t.fps / 60 for t in tracks if t.source == s) for s in SOURCES}
    if arguments.json:
        print(json.dumps({"minutes": totals, "channels": table}, indent=1))
        return
    print("Minutes of each channel, measured + lifted (minutes of the source in the header)\n")
    print("| channel | " + " | ".join(f"{s} ({totals[s]:.1f})" for s in SOURCES) + " | lifted |")
    print("|---|" + "---|" * (len(SOURCES) + 1))
    for name, row in table.items():
        cells = []
        for s in SOURCES:
            measured, lifted = row[s]["measured"], row[s]["lifted"]
            cells.append(f"{measured:.1f} + {lifted:.1f}" if measured or lifted else "")
        lifted = sum(row[s]["lifted"] for s in SOURCES)
        total = lifted + sum(row[s]["measured"] for s in SOURCES)
        print(f"| {name} | " + " | ".join(cells) + f" | {100 * lifted / total if total else 0:.0f} % |")


if __name__ == "__main__":
    main()
