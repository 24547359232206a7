"""Listening (spec §2.7): L2, FD, paired FD, Var, SI and RPCC as Learning2Listen's papers report them.

Motion is (N, T, C): N sequences of T frames. Where the public code leaves the pooling open, these pool the frames of all
sequences; the listening tables (``mien_training.sfms.listening``) also give each sequence's own distances and SI, as means over
sequences, which come first in them.
"""

from __future__ import annotations

import numpy as np

from .frechet import frechet


def l2(made: np.ndarray, real: np.ndarray) -> float:
    """Mean Euclidean distance of frames."""
    return float(np.linalg.norm(made - real, axis=-1).mean())


def fd(made: np.ndarray, real: np.ndarray) -> float:
    """Fréchet distance of raw frames, pooled over sequences."""
    return frechet(made.reshape(-1, made.shape[-1]), real.reshape(-1, real.shape[-1]))


def paired_fd(made: np.ndarray, real: np.ndarray, speaker: np.ndarray) -> float:
    """Fréchet distance of frames [speaker, listener]."""
    return fd(np.concatenate([speaker, made], axis=-1), np.concatenate([speaker, real], axis=-1))


def variance(motion: np.ndarray) -> float:
    """Variance over time (division by T), mean over channels and sequences."""
    return float(motion.var(axis=1).mean())


class ShannonIndex:
    """SI: the entropy (nats) of the labels of frames by k means fitted to real frames; L2L's k: 15 for expressions, 9 for
    rotations."""

    def __init__(self, real: np.ndarray, clusters: int, seed: int = 0):
        from scipy.cluster.vq import kmeans2

        points = real.reshape(-1, real.shape[-1]).astype(np.float64)
        self.centres, _ = kmeans2(points, clusters, minit="++", seed=seed, iter=50)

    def labels(self, motion: np.ndarray) -> np.ndarray:
        points = motion.reshape(-1, motion.shape[-1]).astype(np.float64)
        distance = (self.centres**2).sum(axis=1) - 2 * points @ self.centres.T
        return distance.argmin(axis=1)

    def __call__(self, motion: np.ndarray) -> float:
        """Of all frames together: how differently sequences are, too."""
        return entropy(np.bincount(self.labels(motion), minlength=len(self.centres)))

    def each(self, motion: np.ndarray) -> float:
        """Of each sequence's frames, the mean over sequences: how much one listener does, as the public code of dual
        listeners has it."""
        return float(np.mean([self(one[None]) for one in motion]))


def entropy(counts: np.ndarray) -> float:
    """Of a histogram, in nats."""
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's r of two series; 0 where one is constant."""
    a, b = a - a.mean(), b - b.mean()
    size = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / size) if size > 1e-12 else 0.0


def mean_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Of sequences (N, T): the mean of their correlations."""
    return float(np.mean([correlation(x, y) for x, y in zip(a, b)]))


def rpcc(made: np.ndarray, real: np.ndarray, speaker: np.ndarray) -> float:
    """|r(made, speaker) - r(real, speaker)| of one signal, (N, T) each: smile or head speed; r is the mean over sequences."""
    return abs(mean_correlation(made, speaker) - mean_correlation(real, speaker))
