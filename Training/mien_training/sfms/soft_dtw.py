"""Soft dynamic time warping between short sequences (Cuturi and Blondel 2017)."""

from __future__ import annotations

import torch


def soft_dtw(a: torch.Tensor, b: torch.Tensor, gamma: float) -> torch.Tensor:
    """Soft-DTW with squared differences of scalar sequences a, b (N, T) -> (N,)."""
    cost = (a[:, :, None] - b[:, None, :]) ** 2
    steps = a.shape[1]
    big = torch.full_like(a[:, 0], 1e6)
    row = [torch.zeros_like(big)] + [big] * steps
    for i in range(steps):
        new = [big]
        for j in range(steps):
            options = torch.stack([row[j], row[j + 1], new[j]], -1)
            new.append(cost[:, i, j] - gamma * torch.logsumexp(-options / gamma, -1))
        row = new
    return row[-1]
