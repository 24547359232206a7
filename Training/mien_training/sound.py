"""Log-mel columns of a voice, causal: the twin of ``Sources/Perception/Sound/LogMel.swift``.

16 kHz, one voice. A column is 25 ms under a Hann window, its power spectrum through 64 triangles on Slaney's mel scale, and
the natural logarithm, not below that of 1e-10 (-100 dB). Columns come every 10 ms and see nothing after their end: column c
ends with sample 160 (c + 1); before the first sample is silence. A motion frame at t = i / 25 s has the four columns that
had ended by then, the oldest first, so frame 0 has heard nothing.
"""

from __future__ import annotations

from functools import cache
from math import gcd
from pathlib import Path

import numpy as np

RATE = 16_000  # Hz
WINDOW = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
BANDS = 64
STACK = 4  # columns of a motion frame
FLOOR = 1e-10
FEATURES = STACK * BANDS
#: What ``audio_kind`` of weights says that read these.
KIND = "log-mel-64x4"


def mel_of(hertz: np.ndarray) -> np.ndarray:
    """Slaney's scale: straight below 1 kHz, logarithmic above."""
    high = 15 + 27 * np.log(np.maximum(hertz, 1e-9) / 1000) / np.log(6.4)
    return np.where(hertz < 1000, 3 * hertz / 200, high)


def hertz_of(mel: np.ndarray) -> np.ndarray:
    return np.where(mel < 15, 200 * mel / 3, 1000 * np.exp(np.log(6.4) * (mel - 15) / 27))


@cache
def filters() -> np.ndarray:
    """Weights (64, 201) of the power spectrum's bins, each triangle of area 1 in Hz."""
    edges = hertz_of(np.linspace(0, mel_of(np.array(RATE / 2)), BANDS + 2))
    bins = np.arange(WINDOW // 2 + 1) * RATE / WINDOW
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    sides = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return np.maximum(sides, 0) * 2 / (high - low)


def log_mel(samples: np.ndarray) -> np.ndarray:
    """Samples (N,) of -1...1 at 16 kHz to all whole columns, (N // 160, 64)."""
    padded = np.concatenate([np.zeros(WINDOW - HOP), np.asarray(samples, np.float64)])
    if len(padded) < WINDOW:
        return np.zeros((0, BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    return np.log(np.maximum(power @ filters().T, FLOOR))


def motion_frames(samples: np.ndarray, count: int) -> np.ndarray:
    """The sound of ``count`` motion frames, (count, 256); NaN where there is none yet, or no more."""
    columns = log_mel(samples)
    out = np.full((count, FEATURES), np.nan, np.float32)
    whole = columns[: len(columns) // STACK * STACK].reshape(-1, FEATURES)[: max(count - 1, 0)]
    out[1 : 1 + len(whole)] = whole
    return out


def read(path: Path | str) -> np.ndarray:
    """A WAV file of any rate as one voice at 16 kHz, -1...1: the mean of its channels."""
    from scipy.io import wavfile
    from scipy.signal import resample_poly

    rate, samples = wavfile.read(path)
    if samples.dtype.kind == "u":
        samples = (samples.astype(np.float64) - 128) / 128
    elif samples.dtype.kind == "i":
        samples = samples / -float(np.iinfo(samples.dtype).min)
    if samples.ndim > 1:
        samples = samples.mean(1)
    if rate == RATE:
        return samples
    shared = gcd(RATE, rate)
    return resample_poly(samples, RATE // shared, rate // shared)
