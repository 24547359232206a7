"""Fréchet distances between sets of windows, and the velocity spectra of head angles."""

from __future__ import annotations

import numpy as np
from scipy import linalg, signal


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of two samples' Gaussians, (N, D) each; 1e-6 goes on a singular diagonal."""
    mean = a.mean(axis=0) - b.mean(axis=0)
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    ridge = 1e-6 * np.eye(len(mean))
    values = linalg.eigvals((ca + ridge) @ (cb + ridge))
    root = np.sqrt(np.maximum(values.real, 0)).sum()
    return float(mean @ mean + np.trace(ca) + np.trace(cb) - 2 * root)


class WindowSpace:
    """A small PCA space of windows of motion, fitted to real ones and scaled to unit mean variance."""

    def __init__(self, real: np.ndarray, dimensions: int = 24):
        flat = real.reshape(len(real), -1)
        self.mean = flat.mean(axis=0)
        _, values, rows = linalg.svd(flat - self.mean, full_matrices=False)
        self.rows = rows[:dimensions]
        self.scale = np.sqrt((values[:dimensions] ** 2).sum() / len(flat) / dimensions)
        self.explained = float((values[:dimensions] ** 2).sum() / (values**2).sum())

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        return (windows.reshape(len(windows), -1) - self.mean) @ self.rows.T / self.scale


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


def spectrum_distance(a: np.ndarray, b: np.ndarray, frequencies: np.ndarray, band=(0.2, 6.0)) -> np.ndarray:
    """Root mean square difference in decibels over the band, a column each."""
    inside = (frequencies >= band[0]) & (frequencies <= band[1])
    decibels = 10 * (np.log10(a[inside] + 1e-12) - np.log10(b[inside] + 1e-12))
    return np.sqrt((decibels**2).mean(axis=0))
