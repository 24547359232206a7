"""Velocity spectra of tracks, and how far two lie apart in decibels."""

from __future__ import annotations

import numpy as np
from scipy import signal


def spectrum(tracks: list[np.ndarray], rate: float = 25.0, segment: int = 128) -> tuple[np.ndarray, np.ndarray]:
    """Mean power density of the first difference of each column, over all tracks long enough: (f, (F, C))."""
    total, weight = 0.0, 0
    for track in tracks:
        velocity = np.diff(track, axis=0) * rate
        if len(velocity) < segment:
            continue
        frequencies, power = signal.welch(velocity, fs=rate, nperseg=segment, axis=0, detrend=False)
        total, weight = total + power * len(velocity), weight + len(velocity)
    if weight == 0:
        raise ValueError(f"no track has {segment + 1} frames")
    return frequencies, total / weight


def share_above(tracks: list[np.ndarray], lowest: float, rate: float = 25.0) -> float:
    """The share of the velocity's power, over all columns, at frequencies above ``lowest`` in Hz; of what stands still, 0."""
    frequencies, power = spectrum(tracks, rate, segment=min(128, max(len(track) for track in tracks) - 1))
    whole = power.sum()
    return float(power[frequencies > lowest].sum() / whole) if whole > 0 else 0.0


def spectrum_distance(a: np.ndarray, b: np.ndarray, frequencies: np.ndarray, band=(0.2, 6.0)) -> np.ndarray:
    """Root mean square difference in decibels over the band, a column each."""
    inside = (frequencies >= band[0]) & (frequencies <= band[1])
    decibels = 10 * (np.log10(a[inside] + 1e-12) - np.log10(b[inside] + 1e-12))
    return np.sqrt((decibels**2).mean(axis=0))
