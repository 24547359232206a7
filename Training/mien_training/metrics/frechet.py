"""Fréchet distances between samples, and the fixed linear spaces of windows that they are measured in."""

from __future__ import annotations

import math

import numpy as np
from scipy import linalg


def frechet(a: np.ndarray, b: np.ndarray) -> float:
    """Fréchet distance of two samples' Gaussians, (N, D) each: ‖μa − μb‖² + tr(Ca + Cb − 2 (Ca Cb)^½), covariances by
    n − 1. Never below 0, and of a sample and itself 0."""
    return sum(terms(a, b))


def terms(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """The Fréchet distance's two parts: what the means make of it, and the covariances."""
    (ma, ca), (mb, cb) = ((part.mean(axis=0), covariance(part)) for part in (a, b))
    return terms_of_moments(ma, ca, mb, cb)


def terms_of_moments(ma: np.ndarray, ca: np.ndarray, mb: np.ndarray, cb: np.ndarray) -> tuple[float, float]:
    """The same of means (D,) and covariances (D, D). The trace of (Ca Cb)^½ is that of (Ca^½ Cb Ca^½)^½, which is symmetric:
    so nothing needs to be added to the diagonals of a sample that does not fill its space, as the public code does."""
    mean = ma - mb
    values, vectors = linalg.eigh(ca)
    half = vectors * np.sqrt(np.maximum(values, 0))
    root = np.sqrt(np.maximum(linalg.eigvalsh(half.T @ cb @ half), 0)).sum()
    return float(mean @ mean), max(float(np.trace(ca) + np.trace(cb) - 2 * root), 0.0)


def one_for_all(samples: list[np.ndarray], steps: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Mean (D,) and covariance (D, D) of the one Gaussian whose mean Fréchet distance from all samples, (N, D) each, is the least:
    it has the mean of their means, and of all covariances the Wasserstein barycentre of theirs, by the fixed point of
    Álvarez-Esteban et al. (2016). Who does not know which sample is asked for comes no nearer but by chance."""
    mean, covariances = np.mean([sample.mean(axis=0) for sample in samples], axis=0), [covariance(sample) for sample in samples]
    centre, least = np.mean(covariances, axis=0), math.inf
    for _ in range(steps):
        values, vectors = linalg.eigh(centre)
        values, vectors = (part[..., values > 1e-12 * values[-1]] for part in (values, vectors))
        half, back = vectors * np.sqrt(values), vectors / np.sqrt(values)
        roots = np.mean([symmetric_root(half.T @ c @ half) for c in covariances], axis=0)
        centre = back @ roots @ roots @ back.T
        before, least = least, np.mean([terms_of_moments(mean, c, mean, centre)[1] for c in covariances])
        if before - least < 1e-7 * before:
            break
    return mean, centre


def from_all(samples: list[np.ndarray], mean: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """The Fréchet distance of each sample, (N, D), from one Gaussian's mean (D,) and covariance (D, D)."""
    return np.array([sum(terms_of_moments(sample.mean(axis=0), covariance(sample), mean, centre)) for sample in samples])


def covariance(sample: np.ndarray) -> np.ndarray:
    """(D, D), by n - 1, of a sample (N, D)."""
    return np.atleast_2d(np.cov(sample, rowvar=False))


def symmetric_root(c: np.ndarray) -> np.ndarray:
    """The symmetric root of a covariance (D, D); of what is none (an autoregression's innovations, of paces far apart) the nearest
    that has one."""
    values, vectors = linalg.eigh(c)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


class LinearSpace:
    """The first principal components of real windows, divided by one number so that their mean variance is 1: standing
    still then is about as many units from the real as there are dimensions."""

    def __init__(self, mean: np.ndarray, rows: np.ndarray, scale: float, explained: float):
        self.mean, self.rows, self.scale, self.explained = mean, rows, scale, explained

    @staticmethod
    def fit(real: np.ndarray, dimensions: int = 32) -> "LinearSpace":
        """From real windows (N, D)."""
        flat = real.reshape(len(real), -1).astype(np.float64)
        mean = flat.mean(axis=0)
        gram = (flat - mean) @ (flat - mean).T  # N is mostly below D
        count = min(dimensions, *flat.shape)
        values, vectors = linalg.eigh(gram, subset_by_index=(len(flat) - count, len(flat) - 1))
        values, vectors = np.maximum(values[::-1], 1e-12), vectors[:, ::-1]
        rows = ((flat - mean).T @ vectors / np.sqrt(values)).T
        scale = float(np.sqrt(values.sum() / len(flat) / len(rows)))
        return LinearSpace(mean, rows, scale, float(values.sum() / np.trace(gram)))

    def __call__(self, windows: np.ndarray) -> np.ndarray:
        return (windows.reshape(len(windows), -1) - self.mean) @ self.rows.T / self.scale
