"""Figures of how a listener answers: correlations of smoothed smiles, lags, variance."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

RATE = 25
SMOOTH = 25  # frames, one second
REACH = 3 * RATE  # frames, how far lags are sought
LATEST = 2 * RATE  # frames, no delay of a copy is as long


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r, 0 where either does not move."""
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / norm) if norm > 1e-9 else 0.0


def delays(frames: int) -> range:
    """The delays that a copy of so many frames is sought at: those at which half of them meet."""
    return range(min(LATEST, frames // 2 + 1))


def smooth(x: np.ndarray) -> np.ndarray:
    return uniform_filter1d(x, SMOOTH, axis=-1)


def lagged(speaker: np.ndarray, listener: np.ndarray, reach: int = REACH) -> np.ndarray:
    """r at lags −reach…reach frames; positive: the listener follows. 0 at lags at which less than half of the frames meet."""
    out = []
    for lag in range(-reach, reach + 1):
        if 2 * abs(lag) > len(speaker):
            out.append(0.0)
        elif lag >= 0:
            out.append(correlation(speaker[: len(speaker) - lag], listener[lag:]))
        else:
            out.append(correlation(speaker[-lag:], listener[:lag]))
    return np.array(out)


def summary(speakers: np.ndarray, listeners: np.ndarray, real: np.ndarray) -> dict[str, float]:
    """Figures of listeners (N, T) for their speakers (N, T); ``real`` are the true partners."""
    s, l = smooth(speakers), smooth(listeners)
    matched = [correlation(a, b) for a, b in zip(s, l)]
    shuffled = [correlation(s[(i + k) % len(s)], b) for i, b in enumerate(l) for k in range(2, len(s), 3)]
    cross = np.mean([lagged(a, b) for a, b in zip(s, l)], 0)
    # How far the best delayed, scaled copy of the speaker explains the listener.
    copies = [max(correlation(a[: len(a) - d], b[d:]) for d in delays(len(a))[::2]) ** 2 for a, b in zip(speakers, listeners)]
    return {
        "correlation": float(np.mean(matched)), "spread": float(np.std(matched)),
        "shuffled": float(np.mean(shuffled)), "peak": float(cross.max()),
        "lag_s": float(np.argmax(cross) - len(cross) // 2) / RATE,
        "copy_r2": float(np.mean(copies)),
        "variance_ratio": float(listeners.var(1).mean() / real.var(1).mean()),
        "median_variance_ratio": float(np.median(listeners.var(1)) / np.median(real.var(1))),
        "speed_ratio": float(np.abs(np.diff(listeners)).mean() / np.abs(np.diff(real)).mean()),
        "slow_speed_ratio": float(np.abs(np.diff(l[:, ::12])).mean() / np.abs(np.diff(smooth(real)[:, ::12])).mean()),
        "mean": float(listeners.mean()), "real_mean": float(real.mean()),
        "share_above_0.3": float((listeners > 0.3).mean()), "real_share_above_0.3": float((real > 0.3).mean()),
    }  # fmt: skip


def introduction(doc: str | None) -> str:
    """What a page says of its tables: the third paragraph of its module's text, in one line."""
    return (doc or "").split("\n\n")[2].replace("\n", " ").replace("``", "`").strip()
