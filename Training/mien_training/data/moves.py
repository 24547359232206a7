"""Head moves that a person puppeteered on Reachy 2 (Apache-2.0): head rotation only."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .channels import ROTATION_SLICE
from .track import Track, channel_mask, frame_times, resample


def head_angles(rpy_deg: np.ndarray) -> np.ndarray:
    """Robot roll, pitch, yaw in degrees (T, 3) → yaw, pitch, roll in rad, in Mien's axes.

    The robot's frame is x forward, y left, z up, and R = Rz(yaw) · Ry(pitch) · Rx(roll). Its x is Mien's z, its y Mien's
    x, its z Mien's y, so the same three numbers are the same three turns in the same order: yaw positive to the
    subject's left, pitch positive down (the sad moves have it), roll towards the right shoulder.
    """
    return np.radians(rpy_deg[:, ::-1].astype(np.float64))


def load(folder: Path) -> list[Track]:
    """The 86 moves. Their common yaw (the headset's misalignment: −7° in nearly every move) is taken off."""
    files = sorted((folder / "moves").glob("*.npz"))
    raw = {path.stem: np.load(path) for path in files}
    common_yaw = np.median(np.concatenate([head_angles(take["head_rpy_deg"])[:, 0] for take in raw.values()]))
    mask = channel_mask("head_yaw_rad", "head_pitch_rad", "head_roll_rad")
    tracks = []
    for name, take in raw.items():
        times = take["t"].astype(np.float64)
        growing = np.r_[True, np.diff(np.maximum.accumulate(times)) > 0]
        times, angles = times[growing], head_angles(take["head_rpy_deg"])[growing]
        at = frame_times(times[0], times[-1])
        values = np.zeros((len(at), 58), dtype=np.float32)
        values[:, ROTATION_SLICE] = resample(times, angles, at) - np.array([common_yaw, 0, 0])
        tracks.append(Track(name, "moves", "puppeteer", values, mask.copy(), np.zeros(58, bool)))
    return tracks
