"""The last step of the listener: what is drawn to what is shown. Twin of ``OutputCalibration.swift``.

Drawing code after code, a network of this size wanders: its channels' spread is off by up to a factor of two, they move more
quickly than people's, a session's mean and spread lie wherever chance took them, and groups that are drawn apart move apart.
Six corrections, all fitted on training partners (``mien_training.sfms.calibrate``), in this order:

* the smoothing: each channel passes two one-pole filters, so that it moves as quickly as real ones do;
* the level: a share of what a running mean is off the channel's long mean is taken away;
* the spread: a share of what the running deviation is off the channel's long one is taken away;
* the mix: one matrix leads the covariance of the channels within a session to that of real partners;
* the line: each channel's quantiles are led to those of real partners, so that nothing leaves the range of people;
* the temper: smile and cheek of one listener follow the line of one real partner's session, drawn by its seed, at everyone's
  mean and deviation. Some people smile seldom and broadly, others a little all the time; one line for all is nobody's.

The network goes on from what it drew itself, so none of them changes what is drawn. Version 1 of the weight file had levels
and lines alone, version 2 no tempers and one rate, version 3 no smoothing; all are still read, with the others doing nothing.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.signal import lfilter
from torch import nn

from ..counter_random import CounterRandom
from .channels import CHEEK, SMILE

NAME = "sfms-calibration.pt"
VERSION = 4
RATE = 1 / 1500  # of the running mean and variance, a frame, in version 1: a minute at 25 frames a second
POLES = 2  # of the smoothing
LEAST = 1e-8  # of a running variance
KNOTS = 24
#: Shares of frames below each knot; the ends stay away from single frames.
QUANTILES = np.concatenate([[0.001, 0.01, 0.03], np.linspace(0.06, 0.94, KNOTS - 6), [0.97, 0.99, 0.999]])
#: Channels that have a temper, by its lines: both sides of a face share one.
TEMPERED = (SMILE, CHEEK)
TEMPER_STREAM = 1  # of the random numbers; tokens are drawn from stream 0


class Calibration(nn.Module):
    """Its numbers for the 58 channels, untrained by gradients; as made, it is not set."""

    def __init__(self):
        super().__init__()
        # Of the running values of smile and cheek, and of the rest; beside the tensors, in the file's metadata.
        self.rate, self.rest = RATE, RATE
        self.register_buffer("smoothing", torch.ones(58))  # the rate of both filters, a frame; 1 changes nothing
        self.register_buffer("drawn", torch.zeros(58 * KNOTS))
        self.register_buffer("shown", torch.zeros(58 * KNOTS))
        self.register_buffer("level", torch.zeros(58))  # the long mean of what is drawn
        self.register_buffer("share", torch.zeros(58))  # of the running mean's distance to it that is taken away
        self.register_buffer("variance", torch.ones(58))  # the long variance of what is drawn, levelled
        self.register_buffer("steady", torch.zeros(58))  # of the running deviation's distance to it that is taken away
        self.register_buffer("mix", torch.eye(58).flatten())  # row-major [58 out, 58 in]
        self.register_buffer("tempers", torch.zeros(0))  # row-major [tempers, smile and cheek, knots], beside ``shown``

    def _load_from_state_dict(self, state, prefix, *rest):
        """Files and checkpoints of older versions lack what they did not do."""
        for name, value in Calibration().named_buffers():
            state.setdefault(prefix + name, value)
        self.tempers = torch.zeros_like(state[prefix + "tempers"])
        super()._load_from_state_dict(state, prefix, *rest)

    @property
    def is_set(self) -> bool:
        return bool((self.drawn != 0).any())

    @property
    def rates(self) -> np.ndarray:
        """Of the running values, a frame, (58,)."""
        found = np.full(58, self.rest, np.float32)
        found[SMILE + CHEEK] = self.rate
        return found

    @property
    def temper_lines(self) -> np.ndarray:
        """What is shown at the knots of ``drawn``, (tempers, 2, KNOTS)."""
        return self.tempers.view(-1, len(TEMPERED), KNOTS).numpy()

    def pick(self, seeds: list[int]) -> np.ndarray | None:
        """The temper of listeners with these seeds, (streams,); none where there are none."""
        count = len(self.temper_lines)
        draw = lambda seed: CounterRandom(seed, "sfms", TEMPER_STREAM).uniform(0, 0)[0]  # noqa: E731
        return np.array([int(draw(seed) * np.float32(count)) for seed in seeds]) if count else None

    def begin(self, streams: int) -> np.ndarray:
        """The running means and variances of streams that begin, and the filters of their smoothing, (4, streams, 58)."""
        return np.stack([np.tile(own.numpy(), (streams, 1)) for own in (self.level, self.variance, *[self.level] * POLES)])

    def steadied(self, frames: np.ndarray, running: np.ndarray) -> np.ndarray:
        """Frames (streams, 58) smoothed, with level and spread led back, less the long mean; moves the running values."""
        means, variances, *poles = running
        for pole in poles:
            pole += self.smoothing.numpy() * (frames - pole)
            frames = pole
        rate, variance = self.rates, self.variance.numpy()
        means += rate * (frames - means)
        off = frames - self.level.numpy() - self.share.numpy() * (means - self.level.numpy())
        variances += rate * (off * off - variances)
        gain = np.sqrt(variance / np.maximum(variances, np.float32(LEAST)))
        return off * (1 + self.steady.numpy() * (gain - 1))

    def mixed(self, off: np.ndarray) -> np.ndarray:
        """What goes to the lines, (N, 58), of frames less the long mean."""
        return self.level.numpy() + off @ self.mix.view(58, 58).numpy().T

    def lined(self, mixed: np.ndarray) -> np.ndarray:
        """Mixed frames (…, 58) along their lines."""
        split = lambda values: values.view(58, KNOTS).numpy()  # noqa: E731
        return lines(mixed.reshape(-1, 58), split(self.drawn), split(self.shown)).reshape(mixed.shape)

    def smiling(self, shown: np.ndarray, mixed: np.ndarray, tempers: np.ndarray | None) -> np.ndarray:
        """Shown streams (streams, T, 58) with smile and cheek along the lines of their tempers (streams,) instead."""
        if tempers is None:
            return shown
        shown, drawn = shown.copy(), self.drawn.view(58, KNOTS).numpy()
        for stream, temper in enumerate(tempers):
            for own, line in zip(TEMPERED, self.temper_lines[temper]):
                for channel in own:
                    shown[stream, :, channel] = np.interp(mixed[stream, :, channel], drawn[channel], line)
        return shown

    def __call__(self, frames: np.ndarray, running: np.ndarray, tempers: np.ndarray | None = None) -> np.ndarray:
        """The frames (streams, 58) shown for those drawn; moves the running values."""
        mixed = self.mixed(self.steadied(frames, running))[:, None]
        return self.smiling(self.lined(mixed), mixed, tempers)[:, 0]

    def sequences(self, drawn: np.ndarray) -> np.ndarray:
        """Drawn sequences (N, T, 58) steadied, less the long mean: ``steadied`` of every frame, at once."""
        level, variance = self.level.numpy(), self.variance.numpy()
        for _ in range(POLES):
            drawn = running(drawn, level, self.smoothing.numpy())
        means = running(drawn, level, self.rates)
        off = drawn - level - self.share.numpy() * (means - level)
        gain = np.sqrt(variance / np.maximum(running(off * off, variance, self.rates), np.float32(LEAST)))
        return (off * (1 + self.steady.numpy() * (gain - 1))).astype(np.float32)


def running(values: np.ndarray, first: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Running values of sequences (N, T, 58) at rates a frame, (58,), that begin at ``first`` (58,)."""
    out = np.empty_like(values)
    for number, one in enumerate(values):
        off = np.ascontiguousarray((one - first).T, np.float64)
        for channel, rate in enumerate(rates.astype(np.float64)):
            off[channel] = lfilter([rate], [1, rate - 1], off[channel])
        out[number] = off.T + first
    return out


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


def tempered(shape: np.ndarray, mean: float, deviation: float, most: float = 1.0) -> np.ndarray:
    """Quantiles (KNOTS,) at a mean and a deviation, from 0 to ``most``: what is cut off there is made up for by the rest."""
    weight = np.diff(np.concatenate([[0], (QUANTILES[1:] + QUANTILES[:-1]) / 2, [1]]))
    off = shape - weight @ shape
    off = off / np.sqrt(weight @ off**2)
    shift, scale = mean, deviation
    for _ in range(100):
        found = np.clip(shift + scale * off, 0, most)
        own = weight @ found
        shift += mean - own
        scale *= np.clip(deviation / np.sqrt(weight @ (found - own) ** 2), 0.8, 1.25)
    return np.clip(shift + scale * off, 0, most)
