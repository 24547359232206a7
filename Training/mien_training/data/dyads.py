"""Video-call dyads: both partners' smile and cheek raise, motion energy and gaze region, in sync (MIT)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .track import Dyad, Track, channel_mask, frame_times, resample

_SMILE = ("mouthSmileLeft", "mouthSmileRight")
_CHEEK = ("cheekSquintLeft", "cheekSquintRight")


def _track(name: str, subject: str, columns: list[str], values: np.ndarray, fps: float) -> Track:
    times = np.arange(len(values)) / fps
    at = frame_times(0.0, times[-1])
    column = {key: values[:, i] for i, key in enumerate(columns)}
    frames = np.zeros((len(at), 58), dtype=np.float32)
    for action_unit, targets in (("au12", _SMILE), ("au06", _CHEEK)):
        series = np.clip(resample(times, column[action_unit] / 5.0, at), 0, 1)
        for target in targets:
            frames[:, channel_mask(target)] = series[:, None]
    mask = channel_mask(*_SMILE, *_CHEEK)
    nearest = np.clip(np.rint(at * fps).astype(int), 0, len(times) - 1)
    extra = {
        "motion_energy": np.maximum(resample(times, column["motion_energy"], at), 0).astype(np.float32),
        "gaze_region": column["gaze_region"][nearest].astype(np.float32),
    }
    return Track(name, "dyads", subject, frames, mask, mask.copy(), extra)


def load(folder: Path) -> list[Dyad]:
    """The 48 conversations. Coefficients are OpenFace intensities / 5: one action unit moves both sides (lifted)."""
    dyads = []
    for path in sorted((folder / "dyads").glob("*.npz")):
        file = np.load(path)
        columns, pair = [str(c) for c in file["columns"]], path.stem.split("_")[0]
        a, b = (
            _track(f"{path.stem}/{side}", f"{pair}{side}", columns, file[side], float(file["fps"])) for side in "ab"
        )
        dyads.append(Dyad(path.stem, pair, a, b))
    return dyads
