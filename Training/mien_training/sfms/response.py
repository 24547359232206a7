"""The listener's linear response to the speaker's smile, fitted in closed form.

How much one partner's next second owes to the other's face is a thousandth of its variance: gradient descent on tokens
finds it late, least squares over every frame at once. The response is the speaker's part of a ridge regression of the
listener's next 16 frames of smile on both partners' histories; a stream tilts the smile group's logits with it, which
for a Gaussian step is exactly a shift of its mean. All inputs are differences from the speaker's own 16 s mean, so that
nobody's resting face is an answer.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

LAGS = [0, 1, 2, 4, 6, 9, 13, 18, 24, 31, 39]
HORIZON = 16


class Response(nn.Module):
    """Expected shift of the listener's standardised smile from 40 frames of speaker features (B, 40, 15) -> (B,)."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2 * len(LAGS)), requires_grad=False)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return inputs(features) @ self.weight


def inputs(features: torch.Tensor) -> torch.Tensor:
    """Differences from the 16 s mean at each lag where both are sensed, (B, 22): smile, then cheek."""
    past = features[:, [features.shape[1] - 1 - lag for lag in LAGS]]
    columns = []
    for value, mean, has in ((0, 2, 6), (3, 5, 7)):
        present = past[..., has] * features[:, -1:, has]
        columns.append(present * (past[..., value] - features[:, -1:, mean]))
    return torch.cat(columns, -1)


def fit(speaker: np.ndarray, smile: np.ndarray, own: np.ndarray, ridge: float = 30.0, seed: int = 0) -> np.ndarray:
    """Weights from speaker features (N, T, 15), the listener's standardised smile (N, T) and the listener's own
    features (N, T, 15), which share the regression and are then left out."""
    random = np.random.default_rng(seed)
    gram, moment = 0.0, 0.0
    for x, y, z in zip(speaker, smile, own):
        ends = np.arange(40, len(y) - HORIZON, 2)
        wide = lambda f: torch.from_numpy(np.stack([f[e - 40 : e] for e in ends]))  # noqa: E731
        partner = inputs(wide(x)).numpy()
        partner[random.random(len(ends)) < 0.15, len(LAGS) :] = 0
        self_ = inputs(wide(z)).numpy()
        level = z[ends - 1][:, [0, 1, 2, 3, 4, 5]]
        partner_level = x[ends - 1][:, [2, 5, 8]]
        design = np.concatenate([partner, self_, level, partner_level, np.ones((len(ends), 1))], 1).astype(np.float64)
        target = np.stack([y[e : e + HORIZON].mean() for e in ends])
        gram = gram + design.T @ design
        moment = moment + design.T @ target
    weights = np.linalg.solve(gram + ridge * np.eye(len(gram)), moment)
    return weights[: 2 * len(LAGS)].astype(np.float32)
