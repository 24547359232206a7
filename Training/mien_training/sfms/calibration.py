"""The last step of the listener: what is drawn to what is shown, channel by channel. Twin of ``OutputCalibration.swift``.

Drawing code after code, a network of this size wanders: its channels' spread is off by up to a factor of two, and a
session's mean lies wherever chance took it. Two corrections, both fitted on training partners (``fit_calibration``):

* the level: a share of what the last minute's running mean is off the channel's long mean is taken away;
* the spread: a line through quantiles, of what is drawn to what real partners show.

The network goes on from what it drew itself, so neither changes what is drawn.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

NAME = "sfms-calibration.pt"
RATE = 1 / 1500  # of the running mean, a frame: a minute at 25 frames a second
KNOTS = 24
#: Shares of frames below each knot; the ends stay away from single frames.
QUANTILES = np.concatenate([[0.001, 0.01, 0.03], np.linspace(0.06, 0.94, KNOTS - 6), [0.97, 0.99, 0.999]])


class Calibration(nn.Module):
    """Knots of the 58 lines, and the level's share and beginning of each channel. Untrained by gradients."""

    def __init__(self):
        super().__init__()
        self.register_buffer("drawn", torch.zeros(58 * KNOTS))
        self.register_buffer("shown", torch.zeros(58 * KNOTS))
        self.register_buffer("level", torch.zeros(58))  # the long mean of what is drawn
        self.register_buffer("share", torch.zeros(58))  # of the running mean's distance to it that is taken away

    @property
    def is_set(self) -> bool:
        return bool((self.drawn != 0).any())

    def begin(self, streams: int) -> np.ndarray:
        """The running means of streams that begin, (streams, 58)."""
        return np.tile(self.level.numpy(), (streams, 1))

    def __call__(self, frames: np.ndarray, means: np.ndarray) -> np.ndarray:
        """The frames (streams, 58) shown for those drawn; moves the running means."""
        means += np.float32(RATE) * (frames - means)
        level = frames - self.share.numpy() * (means - self.level.numpy())
        return lines(level, self.drawn.view(58, -1).numpy(), self.shown.view(58, -1).numpy())


def lines(x: np.ndarray, drawn: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Each channel of frames (N, 58) through its line; beyond the ends the end's value."""
    out = np.empty_like(x)
    for channel in range(x.shape[1]):
        out[:, channel] = np.interp(x[:, channel], drawn[channel], shown[channel])
    return out


def levelled(made: np.ndarray, level: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Sequences (N, T, 58) as they come to the lines."""
    means = np.tile(level, (len(made), 1)).astype(np.float32)
    out = np.empty_like(made)
    for t in range(made.shape[1]):
        means += np.float32(RATE) * (made[:, t] - means)
        out[:, t] = made[:, t] - share * (means - level)
    return out


def knots(drawn: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The line through quantiles of two samples, (KNOTS,) each, rising strictly in what is drawn. Where many frames are
    drawn alike, they get the mean of what is shown there."""
    x, y = np.quantile(drawn, QUANTILES), np.quantile(shown, QUANTILES)
    least = max(1e-3 * (x[-1] - x[0]), 1e-4)
    edges = np.concatenate([[0], (QUANTILES[1:] + QUANTILES[:-1]) / 2, [1]])
    weight = np.diff(edges)
    groups = np.concatenate([[0], np.cumsum(np.diff(x) > least)])
    sums = np.bincount(groups, weight)
    x, y = np.bincount(groups, weight * x) / sums, np.bincount(groups, weight * y) / sums
    pad = KNOTS - len(x)
    step = np.arange(1, pad + 1) * max(least, 2e-3)
    return np.concatenate([x, x[-1] + step]), np.concatenate([y, np.full(pad, y[-1])])
