"""The best possible keyframes of a window for straight lines between them: exact dynamic programming.

The reference that a chooser is measured against, and the teacher of its first steps. Before the first keyframe and after
the last one the nearest is held, as in ``Tokeniser.line``.
"""

from __future__ import annotations

import torch


def segment_costs(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Squared errors of windows (N, T, C): of the line from frame i to frame j (N, T, T; infinite unless i < j), of
    holding frame j before it and of holding frame i after it (both (N, T))."""
    x = x.double()
    count, steps, _ = x.shape
    time = torch.arange(steps, dtype=x.dtype)
    zero = torch.zeros_like(x[:, :1])
    before = lambda v: torch.cat([zero if v.ndim == 3 else zero[..., 0], v.cumsum(1)], 1)  # noqa: E731
    square = (x * x).sum(-1)
    p0, p1, q = before(x), before(x * time[:, None]), before(square)
    # Dots of frames with the sums over the frames between i and j.
    d0, d1 = x @ p0.transpose(1, 2), x @ p1.transpose(1, 2)
    ends = torch.arange(1, steps + 1)
    row = lambda d: d[:, :, :steps] - d[:, torch.arange(steps), ends][:, :, None]  # x_i · Σ  # noqa: E731
    column = lambda d: (  # x_j · Σ  # noqa: E731
        d[:, torch.arange(steps), torch.arange(steps)][:, None, :] - d[:, :, 1:].transpose(1, 2)
    )
    i, j = time[:, None], time[None, :]
    span = (j - i).clamp(min=1)
    left = row(d0) - (row(d1) - i * row(d0)) / span  # x_i · Σ (1 − s) x_t
    right = (column(d1) - i * column(d0)) / span  # x_j · Σ s x_t
    inner = (span - 1).clamp(min=0)
    squares = inner * (2 * span - 1) / (6 * span)  # Σ s²
    mixed = inner / 2 - squares  # Σ s (1 − s)
    cost = (
        q[:, None, :steps] - q[:, 1:, None] - 2 * left - 2 * right
        + (square[:, :, None] + square[:, None, :]) * squares + 2 * (x @ x.transpose(1, 2)) * mixed
    ).clamp(min=0)
    cost = cost.masked_fill(i >= j, float("inf"))
    own = d0[:, torch.arange(steps), torch.arange(steps)]
    head = q[:, :steps] - 2 * own + time * square
    rest = d0[:, :, -1] - d0[:, torch.arange(steps), ends]
    tail = q[:, -1:] - q[:, 1:] - 2 * rest + (steps - 1 - time) * square
    return cost, head.clamp(min=0), tail.clamp(min=0)


def best_keyframes(x: torch.Tensor, most: int) -> torch.Tensor:
    """The best 1, 2, … ``most`` keyframes of windows (N, T, C), as masks (most, N, T)."""
    cost, head, tail = segment_costs(x)
    count, steps = head.shape
    best, steps_back, masks = head, [], []
    rows = torch.arange(count)
    for k in range(1, most + 1):
        if k > 1:
            best, back = (best[:, :, None] + cost).min(1)
            steps_back.append(back)
        at = (best + tail).argmin(1)
        mask = torch.zeros(count, steps, dtype=torch.bool)
        mask[rows, at] = True
        for back in reversed(steps_back):
            at = back[rows, at]
            mask[rows, at] = True
        masks.append(mask)
    return torch.stack(masks)


def line_error(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Squared error (N,) of straight lines through the keyframes (N, T) of windows (N, T, C)."""
    count, steps = mask.shape
    time = torch.arange(steps).expand(count, steps)
    before = torch.where(mask, time, -1).cummax(1).values
    after = torch.where(mask, time, steps).flip(1).cummin(1).values.flip(1)
    before, after = torch.where(before < 0, after, before), torch.where(after >= steps, before, after)
    share = (time - before) / (after - before).clamp(min=1)
    at = lambda index: x.gather(1, index[..., None].expand_as(x))  # noqa: E731
    found = at(before) * (1 - share[..., None]) + at(after) * share[..., None]
    return ((found - x) ** 2).sum((1, 2))


def even_keyframes(steps: int, k: int) -> torch.Tensor:
    """The mask (T,) of k evenly spaced keyframes, first and last frame among them."""
    mask = torch.zeros(steps, dtype=torch.bool)
    mask[torch.linspace(0, steps - 1, k).round().long()] = True
    return mask
