"""A face track: 58 channels over time, with what was sensed and what was lifted; and resampling by time stamp."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.interpolate import Akima1DInterpolator

from .channels import CHANNELS

#: Frames a second of every track after loading.
FRAME_RATE = 25.0


@dataclass
class Track:
    """One uninterrupted recording of one face at 25 frames a second.

    ``values`` is (T, 58) float32 in ``CHANNELS`` order; a channel not in ``sensed`` is zero and means nothing.
    ``lifted`` marks sensed channels that the recording does not hold as such and that were derived (by a landmark fit,
    or from an action unit). ``extra`` holds per-frame arrays such as ``motion_energy``.
    """

    name: str
    source: str
    subject: str
    values: np.ndarray
    sensed: np.ndarray
    lifted: np.ndarray
    extra: dict[str, np.ndarray] = field(default_factory=dict)
    fps: float = FRAME_RATE

    def __len__(self) -> int:
        return len(self.values)

    def mask_names(self, mask: np.ndarray) -> list[str]:
        return [name for name, on in zip(CHANNELS, mask) if on]


@dataclass
class Dyad:
    """Two partners of one conversation, frame by frame in sync."""

    name: str
    pair: str
    a: Track
    b: Track


def data_folder() -> Path:
    """The recordings: ``MIEN_DATA``, else the folder beside the checkout."""
    return Path(os.environ.get("MIEN_DATA") or Path(__file__).resolve().parents[3] / ".." / "shared" / "data")


def channel_mask(*names: str) -> np.ndarray:
    """Boolean (58,) with the named channels set."""
    mask = np.zeros(58, dtype=bool)
    for name in names:
        mask[CHANNELS.index(name)] = True
    return mask


def frame_times(start: float, end: float, fps: float = FRAME_RATE) -> np.ndarray:
    """Times start, start + 1/fps, … not after end."""
    return start + np.arange(int(np.floor((end - start) * fps + 1e-6)) + 1) / fps


def segments(times: np.ndarray, usable: np.ndarray, longest_gap: float, shortest: float) -> list[slice]:
    """Runs of usable samples without a gap above ``longest_gap`` s that last at least ``shortest`` s."""
    found, start = [], None
    for i in range(len(times) + 1):
        broken = i == len(times) or not usable[i] or (start is not None and times[i] - times[i - 1] > longest_gap)
        if start is not None and broken:
            if times[i - 1] - times[start] >= shortest:
                found.append(slice(start, i))
            start = None
        if start is None and i < len(times) and usable[i]:
            start = i
    return found


def resample(times: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Values (T, …) at other times by Akima interpolation, which does not overshoot as cubic splines do."""
    flat = values.reshape(len(values), -1).astype(np.float64)
    if len(times) < 4:
        out = np.stack([np.interp(at, times, column) for column in flat.T], -1)
    else:
        out = Akima1DInterpolator(times, flat)(np.clip(at, times[0], times[-1]))
    return out.reshape((len(at),) + values.shape[1:])


def local_regression(
    times: np.ndarray, values: np.ndarray, at: np.ndarray, sigma: float, weight: np.ndarray | None = None,
    robust_rounds: int = 2,
) -> np.ndarray:
    """Values (T, C) at other times by local quadratic regression in a Gaussian window of ``sigma`` s.

    Low-passes and resamples in one step whatever the spacing. Outliers (beyond 4 robust deviations from the curve, for
    instance single bad Kinect frames) lose their weight in the later rounds, all channels of a frame together.
    """
    weight = np.ones(len(times)) if weight is None else weight.astype(float)

    def curve(where: np.ndarray) -> np.ndarray:
        out = np.empty((len(where), values.shape[1]))
        for i, t in enumerate(where):
            lo, hi = np.searchsorted(times, [t - 4 * sigma, t + 4 * sigma])
            d = (times[lo:hi] - t) / sigma
            w = np.sqrt(weight[lo:hi] * np.exp(-0.5 * d * d) + 1e-12)[:, None]
            design = np.stack([np.ones_like(d), d, d * d], 1)
            normal = (design * w).T @ (design * w) + np.diag([1e-9, 1e-4, 1e-3])
            out[i] = np.linalg.solve(normal, (design * w).T @ (values[lo:hi] * w))[0]
        return out

    for _ in range(robust_rounds):
        residual = np.abs(values - curve(times))
        scale = 1.4826 * np.median(residual, axis=0) + 1e-9
        worst = np.max(residual / scale, axis=1)
        weight = np.where(worst > 6, 0.02, 1.0)
    return curve(at)
