"""The last step of the listener: what is drawn to what is shown. Twin of ``OutputCalibration.swift``.

Drawing code after code, a network of this size wanders: its channels' spread is off by up to a factor of two, a session's
mean and spread lie wherever chance took them, and groups that are drawn apart move apart. Four corrections, all fitted on
training partners (``mien_training.sfms.calibrate``), in this order:

* the level: a share of what a running mean is off the channel's long mean is taken away;
* the spread: a share of what the running deviation is off the channel's long one is taken away;
* the mix: one matrix leads the covariance of the channels within a session to that of real partners;
* the line: each channel's quantiles are led to those of real partners, so that nothing leaves the range of people.

The network goes on from what it drew itself, so none of them changes what is drawn. Version 1 of the weight file had levels
and lines alone; it is still read, with the other two doing nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

NAME = "sfms-calibration.pt"
VERSION = 2
RATE = 1 / 1500  # of the running mean and variance, a frame, in version 1: a minute at 25 frames a second
LEAST = 1e-8  # of a running variance
KNOTS = 24
#: Shares of frames below each knot; the ends stay away from single frames.
QUANTILES = np.concatenate([[0.001, 0.01, 0.03], np.linspace(0.06, 0.94, KNOTS - 6), [0.97, 0.99, 0.999]])


class Calibration(nn.Module):
    """Its numbers for the 58 channels, untrained by gradients; as made, it is not set."""

    def __init__(self):
        super().__init__()
        self.rate = RATE  # of the running values; beside the tensors, in the file's metadata
        self.register_buffer("drawn", torch.zeros(58 * KNOTS))
        self.register_buffer("shown", torch.zeros(58 * KNOTS))
        self.register_buffer("level", torch.zeros(58))  # the long mean of what is drawn
        self.register_buffer("share", torch.zeros(58))  # of the running mean's distance to it that is taken away
        self.register_buffer("variance", torch.ones(58))  # the long variance of what is drawn, levelled
        self.register_buffer("steady", torch.zeros(58))  # of the running deviation's distance to it that is taken away
        self.register_buffer("mix", torch.eye(58).flatten())  # row-major [58 out, 58 in]

    def _load_from_state_dict(self, state, prefix, *rest):
        """Files and checkpoints of version 1 lack what they did not do."""
        for name, value in Calibration().named_buffers():
            state.setdefault(prefix + name, value)
        super()._load_from_state_dict(state, prefix, *rest)

    @property
    def is_set(self) -> bool:
        return bool((self.drawn != 0).any())

    def begin(self, streams: int) -> np.ndarray:
        """The running means and variances of streams that begin, (2, streams, 58)."""
        return np.stack([np.tile(own.numpy(), (streams, 1)) for own in (self.level, self.variance)])

    def steadied(self, frames: np.ndarray, running: np.ndarray) -> np.ndarray:
        """Frames (streams, 58) with level and spread led back, less the long mean; moves the running values."""
        means, variances = running
        rate, variance = np.float32(self.rate), self.variance.numpy()
        means += rate * (frames - means)
        off = frames - self.level.numpy() - self.share.numpy() * (means - self.level.numpy())
        variances += rate * (off * off - variances)
        gain = np.sqrt(variance / np.maximum(variances, np.float32(LEAST)))
        return off * (1 + self.steady.numpy() * (gain - 1))

    def mixed(self, off: np.ndarray) -> np.ndarray:
        """What goes to the lines, (N, 58), of frames less the long mean."""
        return self.level.numpy() + off @ self.mix.view(58, 58).numpy().T

    def __call__(self, frames: np.ndarray, running: np.ndarray) -> np.ndarray:
        """The frames (streams, 58) shown for those drawn; moves the running values."""
        mixed = self.mixed(self.steadied(frames, running))
        return lines(mixed, self.drawn.view(58, -1).numpy(), self.shown.view(58, -1).numpy())

    def sequences(self, drawn: np.ndarray) -> np.ndarray:
        """Drawn sequences (N, T, 58) steadied, less the long mean."""
        running = self.begin(len(drawn))
        return np.stack([self.steadied(drawn[:, t], running) for t in range(drawn.shape[1])], 1)


def lines(x: np.ndarray, drawn: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Each channel of frames (N, 58) through its line; beyond the ends the end's value."""
    out = np.empty_like(x)
    for channel in range(x.shape[1]):
        out[:, channel] = np.interp(x[:, channel], drawn[channel], shown[channel])
    return out


def transport(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The symmetric matrix that takes a Gaussian of covariance a to one of b and moves it least:
    a^-½ (a^½ b a^½)^½ a^-½."""
    values, vectors = np.linalg.eigh(a)
    root = (vectors * np.sqrt(values)) @ vectors.T
    back = (vectors / np.sqrt(values)) @ vectors.T
    values, vectors = np.linalg.eigh(root @ b @ root)
    return back @ (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T @ back


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
