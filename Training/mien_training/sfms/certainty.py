"""How sure the order of listeners is: the figures of ``mien_training.sfms.listening`` on pairs drawn with replacement.

Held-out people are few. Of 1,000 draws of as many pairs, and of as many conversations of each drawn pair, with
replacement, this counts in how many one listener stays nearer to the truth than another. Both directions of a conversation
go together; the seeds of a listener's runs are averaged as in the table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..metrics import listening as metrics
from ..metrics.frechet import terms_of_moments
from .talk import Talk

DRAWS = 1000


def draws(talks: list[Talk], count: int = DRAWS, seed: int = 0) -> np.ndarray:
    """How often each sequence (two a conversation, as ``faces`` orders them) is in each draw, (count, N)."""
    random = np.random.default_rng(seed)
    pairs = sorted({talk.pair for talk in talks})
    own = {pair: [n for n, talk in enumerate(talks) if talk.pair == pair] for pair in pairs}
    found = np.zeros((count, 2 * len(talks)))
    for line in found:
        for pair in random.choice(pairs, len(pairs)):
            for talk in random.choice(own[pair], len(own[pair])):
                line[2 * talk : 2 * talk + 2] += 1
    return found


@dataclass
class Moments:
    """What sequences add to a pooled mean and covariance: frames of one sequence (T), means (N, D), scatters (N, D, D)."""

    frames: int
    means: np.ndarray
    scatters: np.ndarray

    @staticmethod
    def of(x: np.ndarray) -> "Moments":
        """Of (N, T, D)."""
        x = x.astype(np.float64)
        means = x.mean(1)
        centred = x - means[:, None]
        return Moments(x.shape[1], means, np.einsum("nti,ntj->nij", centred, centred))

    def pooled(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance (by n - 1) of all frames, sequences that often."""
        total = weights.sum() * self.frames
        mean = weights @ self.means / weights.sum()
        off = self.means - mean
        scatter = np.einsum("n,nij->ij", weights, self.scatters) + self.frames * (off.T * weights) @ off
        return mean, scatter / (total - 1)


class Run:
    """One run of a listener on one set of channels, so kept that any draw's figures follow quickly."""

    def __init__(self, made: np.ndarray, real: np.ndarray, speaker: np.ndarray, smiles: list[np.ndarray] | None, index):
        """Motion (N, T, C) of listener, real partner and speaker's measured channels; ``smiles``: the three smiles
        (N, T), where RPCC is a figure."""
        wide = lambda x: np.concatenate([speaker, x], -1)  # noqa: E731
        self.width = made.shape[-1]
        self.made, self.real = Moments.of(wide(made)), Moments.of(wide(real))
        self.fd = np.array([metrics.fd(x[None], y[None]) for x, y in zip(made, real)])
        self.paired = np.array([metrics.paired_fd(x[None], y[None], s[None]) for x, y, s in zip(made, real, speaker)])
        clusters = len(index.centres)
        self.side = {}
        for name, motion in (("made", made), ("real", real)):
            counts = np.stack([np.bincount(index.labels(x), minlength=clusters) for x in motion])
            self.side[name] = (motion.var(1).mean(-1), np.array([metrics.entropy(c) for c in counts]), counts)
        self.r = None
        if smiles is not None:
            a, b, s = smiles
            self.r = np.array([metrics.correlation(x, z) - metrics.correlation(y, z) for x, y, z in zip(a, b, s)])

    def off(self, key: str, weights: np.ndarray) -> float:
        """How far a figure is off the truth (Var and SI with their sign), sequences weighted by how often they were drawn."""
        share = weights / weights.sum()
        if key == "fd":
            return float(share @ self.fd)
        if key == "paired_fd":
            return float(share @ self.paired)
        if key == "rpcc":
            return abs(float(share @ self.r))
        if key.endswith("fd_pooled"):
            (ma, ca), (mb, cb) = self.made.pooled(weights), self.real.pooled(weights)
            own = slice(None) if key.startswith("paired") else slice(len(ma) - self.width, None)
            return sum(terms_of_moments(ma[own], ca[own, own], mb[own], cb[own, own]))
        place = {"variance": 0, "si": 1, "si_pooled": 2}[key]
        made, real = self.side["made"][place], self.side["real"][place]
        if key == "si_pooled":
            return metrics.entropy(weights @ made) - metrics.entropy(weights @ real)
        return float(share @ (made - real))


def share_nearer(runs: list[Run], others: list[Run], key: str, drawn: np.ndarray) -> float:
    """The share of draws (D, N) in which the runs' figures are, as their mean, nearer to the truth than the others'."""
    off = lambda side, line: abs(np.mean([run.off(key, line) for run in side]))  # noqa: E731
    return float(np.mean([off(runs, line) < off(others, line) for line in drawn]))
