"""Curves and mouth shapes that authored motion is made of."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

# Mouths of vowels and consonants at full strength: open, spread, rounded, pursed, lip-biting, resting.
MOUTHS: list[dict[str, float]] = [
    {"jawOpen": 0.34, "mouthLowerDown": 0.22, "mouthUpperUp": 0.10},
    {"jawOpen": 0.18, "mouthStretch": 0.24, "mouthLowerDown": 0.16, "mouthDimple": 0.08},
    {"jawOpen": 0.24, "mouthFunnel": 0.38, "mouthPucker": 0.15},
    {"jawOpen": 0.09, "mouthPucker": 0.48, "mouthFunnel": 0.16},
    {"jawOpen": 0.06, "mouthRollLower": 0.26, "mouthUpperUp": 0.14},
    {"jawOpen": 0.12, "mouthShrugUpper": 0.14, "mouthShrugLower": 0.12},
]


def minimum_jerk(phase: np.ndarray) -> np.ndarray:
    """From 0 to 1 as the phase goes from 0 to 1, at rest on both ends."""
    phase = np.clip(phase, 0, 1)
    return phase**3 * (10 - 15 * phase + 6 * phase**2)


def bump(time: np.ndarray, start: float, length: float, flat: bool = False) -> np.ndarray:
    """A raised cosine of height 1 over [start, start + length]; flat: a rectangle."""
    phase = (time - start) / length
    inside = (phase >= 0) & (phase <= 1)
    return inside * (1.0 if flat else 0.5 - 0.5 * np.cos(2 * np.pi * phase))


def smooth(values: np.ndarray, deviation: float) -> np.ndarray:
    """The values after a Gaussian of that standard deviation in samples."""
    return gaussian_filter1d(values, deviation, mode="reflect")
