"""Copies of the speaker, the listening tables' baselines that need no network."""

from __future__ import annotations

import numpy as np

from ..metrics.frechet import symmetric_root
from .channels import CHEEK, SMILE
from .figures import correlation, delays


def delayed(x: np.ndarray, frames: int) -> np.ndarray:
    """Sequences (N, T, C) that many frames late; the first frame is held."""
    return np.concatenate([np.repeat(x[:, :1], frames, 1), x[:, : x.shape[1] - frames]], 1) if frames else x


class Mimicry:
    """Copies of the speaker, fitted on the training pairs: each channel at the delay at which it correlates best, and at it a gain
    and noise, whose covariance is that of what a copy leaves of real partners. What is sensed of the speaker alone has a delay; the
    undistorted copy has the smile's for all channels."""

    def __init__(self, known: np.ndarray, partners: np.ndarray):
        self.mean = partners.reshape(-1, 58).mean(0)
        self.delays = np.zeros(58, int)
        for channel in SMILE + CHEEK:
            score = lambda d: np.mean([  # noqa: E731
                correlation(a[: len(a) - d, channel], b[d:, channel]) for a, b in zip(known, partners)
            ])
            self.delays[channel] = max(delays(known.shape[1]), key=score)
        self.delay = self.delays[SMILE[0]]
        late = self.late(known)
        x, y = late - late.mean((0, 1)), partners - self.mean
        energy = (x * x).sum((0, 1))
        self.gain = np.where(energy > 1e-6, (x * y).sum((0, 1)) / np.maximum(energy, 1e-6), 0)
        self.centre = late.mean((0, 1))
        rest = y - self.gain * x
        flat = (rest - rest.mean((0, 1))).astype(np.float64).reshape(-1, rest.shape[-1])
        self.together = flat.T @ flat / len(flat)
        products, squares = (rest[:, 1:] * rest[:, :-1]).sum((0, 1)), (rest[:, :-1] ** 2).sum((0, 1))
        self.pace = np.clip(products / np.maximum(squares, 1e-9), 0, 1)

    def late(self, known: np.ndarray) -> np.ndarray:
        """Speakers (N, T, 58), each channel at its delay."""
        out = known.copy()
        for channel in np.flatnonzero(self.delays):
            out[..., channel] = delayed(known[..., [channel]], self.delays[channel])[..., 0]
        return out

    def copy(self, known: np.ndarray) -> np.ndarray:
        return delayed(known, self.delay)

    def fitted(self, known: np.ndarray, seed: int, is_paced: bool = False) -> np.ndarray:
        """One draw of noise. White, or, ``is_paced``, keeping from frame to frame what each channel of the partners' rest keeps (a
        first-order autoregression)."""
        random = np.random.default_rng(seed)
        pace = self.pace if is_paced else np.zeros(58)
        fresh = random.normal(size=known.shape) @ symmetric_root(self.together * (1 - np.outer(pace, pace)))
        noise = random.normal(size=known[:, :1].shape) @ symmetric_root(self.together)
        parts = [noise := pace * noise + fresh[:, [frame]] for frame in range(known.shape[1])]
        return self.around(known, np.concatenate(parts, 1))

    def around(self, known: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The copy at its gain, with noise (N, T, 58)."""
        made = self.mean + self.gain * (self.late(known) - self.centre) + noise
        made[..., :52] = np.clip(made[..., :52], 0, 1)
        return made.astype(np.float32)
