"""Live Link Face takes (iPhone TrueDepth): 52 blendshapes by header name (MIT)."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np

from .channels import BLENDSHAPES, blendshape_index
from .track import Track, channel_mask, frame_times, resample, segments

#: The timecode counts frames of 60 a second on Live Link Face, whatever rate the take was written at.
TIMECODE_RATE = 60.0


def seconds(timecode: str, rate: float = TIMECODE_RATE) -> float:
    """``HH:MM:SS:FF.sss`` in seconds."""
    hours, minutes, whole, frames = timecode.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(whole) + float(frames) / rate


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Times (T,) s and coefficients (T, 52), columns matched by name whatever their order and capitals."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as file:
        rows = csv.reader(file)
        header = next(rows)
        columns = {blendshape_index(name): i for i, name in enumerate(header) if blendshape_index(name) is not None}
        missing = [name for i, name in enumerate(BLENDSHAPES) if i not in columns]
        if missing:
            raise ValueError(f"{path.name}: no column for {', '.join(missing)}")
        body = [row for row in rows if len(row) == len(header)]
    times = np.array([seconds(row[0]) for row in body])
    values = np.array([[float(row[columns[i]]) for i in range(52)] for row in body])
    return times - times[0], values


def load(folder: Path) -> list[Track]:
    """The two takes. The head columns are zero in both: not sensed."""
    tracks = []
    for path in sorted((folder / "livelink").glob("*.csv*")):
        times, values = read(path)
        usable = np.isfinite(values).all(1) & np.r_[True, np.diff(np.maximum.accumulate(times)) > 0]
        parts = segments(times, usable, 0.25, 1.0)
        for number, part in enumerate(parts):
            at = frame_times(times[part][0], times[part][-1])
            frames = np.zeros((len(at), 58), dtype=np.float32)
            frames[:, :52] = np.clip(resample(times[part], values[part], at), 0, 1)
            name = path.name.split(".")[0] + (f"#{number}" if len(parts) > 1 else "")
            tracks.append(
                Track(name, "livelink", "alex", frames, channel_mask(*BLENDSHAPES), np.zeros(58, bool))
            )
    return tracks
