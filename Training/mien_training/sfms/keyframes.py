"""Choosing k keyframes out of T: the relaxed choice that training differentiates and the hard one that is used.

Two families. ``top-k`` is the paper's relaxed top-k on a score a frame (spec/papers.md §2.2, Algorithm 1), where a pick
may also discourage its neighbours. ``path`` scores whole sets: the sum of the frames' learned scores minus the squared
error of straight lines through the set. The hard choice is the best set (dynamic programming), the soft mask the
probability that a frame is in a set drawn at temperature τ; it sums to k as Algorithm 1's does.
"""

from __future__ import annotations

import torch

from .oracle import segment_costs

FAR = 1e4  # what an impossible line costs: finite, so that no gradient is undefined
LINE_WEIGHT = 5.0  # of the line error, in units of the window's mean energy a frame


def scaled_costs(
    own: torch.Tensor, knots: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The line errors of a group's windows (N, T, C) in units that do not depend on their size; ``knots`` are what its
    keyframes come back as, where codes are to be reckoned with."""
    mean = own.mean(1, keepdim=True)
    own = own - mean
    energy = own.square().sum(-1).mean(1).double() + 1e-4 * own.shape[-1]
    cost, head, tail = segment_costs(own, None if knots is None else knots - mean)
    return cost / energy[:, None, None], head / energy[:, None], tail / energy[:, None]


def relaxed_path(
    scores: torch.Tensor, costs: tuple[torch.Tensor, torch.Tensor, torch.Tensor], k: int, tau: float
) -> torch.Tensor:
    """Probability (N, T) of each frame in a set of k drawn at temperature ``tau``; forward and backward sums."""
    cost, head, tail = (-LINE_WEIGHT * part.float().clamp(max=FAR) / tau for part in costs)
    own = scores / tau
    forward, backward = [own + head], [tail]
    for _ in range(k - 1):
        forward.append(own + torch.logsumexp(forward[-1][:, :, None] + cost, 1))
        backward.append(torch.logsumexp((own + backward[-1])[:, None, :] + cost, 2))
    total = torch.logsumexp(forward[-1] + tail, 1)
    return sum(
        torch.exp(a + b - total[:, None]) for a, b in zip(forward, reversed(backward))
    )


def best_path(
    scores: torch.Tensor, costs: tuple[torch.Tensor, torch.Tensor, torch.Tensor], k: int
) -> torch.Tensor:
    """The mask (N, T) of the best set of k."""
    cost, head, tail = (-LINE_WEIGHT * part for part in costs)
    own = scores.double()
    best, steps_back = own + head, []
    for _ in range(k - 1):
        best, back = (best[:, :, None] + cost).max(1)
        best = best + own
        steps_back.append(back)
    rows = torch.arange(len(own), device=own.device)
    at = (best + tail).argmax(1)
    mask = torch.zeros_like(scores)
    mask[rows, at] = 1
    for back in reversed(steps_back):
        at = back[rows, at]
        mask[rows, at] = 1
    return mask


def kernel_table(kernel: torch.Tensor, steps: int) -> torch.Tensor:
    """By how much a pick at frame i lowers the score of frame j, (T, T)."""
    reach = len(kernel) // 2
    cost = torch.log(torch.clamp(1 - kernel, min=1e-6))
    time = torch.arange(steps, device=kernel.device)
    offset = time[:, None] - time[None, :] + reach
    return torch.where((offset >= 0) & (offset < len(kernel)), cost[offset.clamp(0, len(kernel) - 1)], 0.0)


def best_picks(scores: torch.Tensor, k: int, kernel: torch.Tensor) -> torch.Tensor:
    """Hard mask of k picks along the last axis, one after the other; each lowers its neighbours' scores."""
    table = kernel_table(kernel, scores.shape[-1])
    mask = torch.zeros_like(scores)
    for _ in range(k):
        at = scores.masked_fill(mask > 0, float("-inf")).argmax(-1, keepdim=True)
        mask = mask.scatter(-1, at, 1.0)
        scores = scores + table[at[..., 0]]
    return mask


def relaxed_picks(scores: torch.Tensor, k: int, tau: float, kernel: torch.Tensor) -> torch.Tensor:
    """The soft mask of k picks (sums to k): relaxed top-k without replacement, with discouraged neighbours."""
    soft = torch.zeros_like(scores)
    running = scores.reshape(-1, scores.shape[-1])
    for _ in range(k):
        chosen = torch.softmax(running / tau, dim=-1)
        soft = soft + chosen.view(scores.shape)
        spread = torch.nn.functional.conv1d(chosen[:, None], kernel[None, None], padding=len(kernel) // 2)[:, 0]
        running = running + torch.log(torch.clamp(1 - spread, min=1e-6))
    return soft


def straight_through(soft: torch.Tensor, hard: torch.Tensor) -> torch.Tensor:
    """The hard mask going forward, the soft one's gradient going back."""
    clamped = soft.clamp(max=1.0)
    return hard + clamped - clamped.detach()
