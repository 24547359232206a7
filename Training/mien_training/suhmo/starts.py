"""Where idling's runs begin: a normal distribution of (face, velocity) fitted to training frames, around the reference."""

from __future__ import annotations

import numpy as np

from ..metrics.head_motion import VELOCITY_WEIGHT
from .config import Data
from .data import Windows


def fit(windows: Windows, settings: Data, modes: int) -> np.ndarray:
    """(modes, 272): one standard deviation of each main mode, the offset from the person's mean face (136) and the velocity
    that goes with it (136), in heights of the face, a frame. Sources weigh as they do in training."""
    rows, shares = [], []
    total = {source: 0 for source in windows.sources}
    for x, source in zip(windows.positions, windows.sources):
        total[source] += len(x)
    for x, v, height, source in zip(windows.positions, windows.velocities, windows.heights, windows.sources):
        rows.append(np.concatenate([x - x.mean(axis=0), VELOCITY_WEIGHT * v], axis=1) / height)
        shares.append(np.full(len(x), settings.sources.get(source, 1.0) / total[source]))
    seen, share = np.concatenate(rows).astype(np.float64), np.concatenate(shares)
    values, vectors = np.linalg.eigh((seen * (share / share.sum())[:, None]).T @ seen)
    found = (vectors * np.sqrt(np.maximum(values, 0))).T[::-1][:modes]
    found[:, 136:] /= VELOCITY_WEIGHT
    return np.ascontiguousarray(found, np.float32)
