"""REACT's metrics (spec §3.6) of predictions (N, K, T, 25): clips, predictions a clip, frames, attributes.

`published` says what the challenge's public code computes, with its sums over predictions and its defect in FRSyn; what is
repaired is a mean over predictions, and constant attributes are left out of FRSyn.

FRCorr, FRDist, FRDiv, FRDvs, FRVar and FRSyn are here as functions, each tested by a hand-worked case. Not here are FRRea, which
needs the challenge's judge (its renderer and FID's network), and the head 58 -> 128 -> 25 of spec §2.6, which makes attributes of
coefficients. No command of the package applies these functions yet, because no set of ours has attributes.
"""

from __future__ import annotations

import numpy as np

BLOCKS = {"action units": (slice(0, 15), 1 / 15), "valence and arousal": (slice(15, 17), 1.0), "expression": (slice(17, 25), 1 / 8)}
LAGS = 49


def concordance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Concordance correlation of each column (T, C); 0 where it is not defined."""
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    covariance = ((a - mean_a) * (b - mean_b)).mean(axis=0)
    under = a.var(axis=0) + b.var(axis=0) + (mean_a - mean_b) ** 2
    constant = (a.var(axis=0) < 1e-12) | (b.var(axis=0) < 1e-12)
    return np.where(constant, 0.0, 2 * covariance / np.where(under > 0, under, 1))


def _over_predictions(values: np.ndarray, published: bool) -> float:
    """(N, K) to one number: the public code sums over the K predictions."""
    return float((values.sum(axis=1) if published else values.mean(axis=1)).mean())


def fr_corr(made: np.ndarray, real: np.ndarray, appropriate: np.ndarray, published: bool = False) -> float:
    """The best mean concordance with an appropriate real reaction. appropriate (N, N): whether reaction j suits clip i."""
    best = [
        [max(concordance(one, real[j]).mean() for j in np.flatnonzero(row)) for one in clip]
        for clip, row in zip(made, appropriate)
    ]
    return _over_predictions(np.array(best), published)


def dtw(a: np.ndarray, b: np.ndarray) -> float:
    """Dynamic time warping of (T, C) and (S, C): the root of the least sum of squared distances along a path."""
    cost = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    rows, columns = cost.shape
    skewed = np.full((rows + columns - 1, rows), np.inf)  # anti-diagonals, by row of the cost
    for i in range(rows):
        skewed[i : i + columns, i] = cost[i]
    before, last = np.full(rows + 1, np.inf), np.full(rows + 1, np.inf)  # the two diagonals before; index i + 1
    before[0] = 0.0
    for diagonal in range(rows + columns - 1):
        least = np.minimum(np.minimum(last[1:], last[:-1]), before[:-1])
        present = np.concatenate([[np.inf], least + skewed[diagonal]])
        before, last = last, present
    return float(np.sqrt(max(last[-1], 0.0)))


def fr_dist(made: np.ndarray, real: np.ndarray, appropriate: np.ndarray, published: bool = False) -> float:
    """The least warped distance to an appropriate real reaction, blocks weighted 1/15, 1 and 1/8."""

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        return sum(weight * dtw(a[:, block], b[:, block]) for block, weight in BLOCKS.values())

    best = [
        [min(distance(one, real[j]) for j in np.flatnonzero(row)) for one in clip]
        for clip, row in zip(made, appropriate)
    ]
    return _over_predictions(np.array(best), published)


def _spread(rows: np.ndarray) -> float:
    """Mean squared distance of distinct rows, an element."""
    flat = rows.reshape(len(rows), -1).astype(np.float64)
    count, size = flat.shape
    total = 2 * count * (flat**2).sum() - 2 * (flat.sum(axis=0) ** 2).sum()
    return float(total / (count * (count - 1)) / size)


def fr_div(made: np.ndarray) -> float:
    """How far the predictions of one clip lie apart."""
    return float(np.mean([_spread(clip) for clip in made]))


def fr_dvs(made: np.ndarray) -> float:
    """How far predictions of different clips lie apart."""
    return float(np.mean([_spread(made[:, k]) for k in range(made.shape[1])]))


def fr_var(made: np.ndarray) -> float:
    """Variance over time (T - 1), mean of everything else."""
    return float(made.var(axis=2, ddof=1).mean())


def lagged(speaker: np.ndarray, listener: np.ndarray, lag: int) -> np.ndarray:
    """Pearson's r of each column, the listener `lag` frames late; NaN where a column is constant."""
    count = len(speaker)
    a = speaker[max(0, -lag) : count - max(0, lag)]
    b = listener[max(0, lag) : count - max(0, -lag)]
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    size = np.sqrt((a**2).sum(axis=0) * (b**2).sum(axis=0))
    return np.where(size > 1e-12, (a * b).sum(axis=0) / np.where(size > 1e-12, size, 1), np.nan)


def fr_syn(made: np.ndarray, speaker: np.ndarray, published: bool = False) -> float:
    """|lag| in frames, up to 49, at which speaker (N, T, 25) and prediction agree best, mean over clips.

    Published: prediction 0 alone, and one constant attribute makes every lag's mean NaN, of which the first, 49, wins.
    Repaired: all predictions, constant attributes left out; a clip where all are constant has no lag and is left out."""
    lags = range(-LAGS, LAGS + 1)
    found = []
    for clip, spoken in zip(made, speaker):
        for one in clip[:1] if published else clip:
            each = np.array([lagged(spoken, one, lag) for lag in lags])
            if published:
                means = each.mean(axis=1)
                found.append(LAGS if np.isnan(means).all() else abs(lags[int(np.argmax(means))]))
                continue
            usable = ~np.isnan(each).any(axis=0)
            if usable.any():
                found.append(abs(lags[int(np.argmax(each[:, usable].mean(axis=1)))]))
    return float(np.mean(found)) if found else float("nan")
