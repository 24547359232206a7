"""The best possible keyframes of a window for straight lines between them: exact dynamic programming.

The reference that a chooser is measured against, and the teacher of its first steps. Before the first keyframe and after
the last one the nearest is held, as in ``Tokeniser.line``.
"""

from __future__ import annotations

import torch


def segment_costs(
    x: torch.Tensor, knots: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Squared errors of windows (N, T, C): of the frames after i up to j on the line from frame i to frame j (N, T, T;
    infinite unless i < j), of holding frame j up to it and of holding frame i after it (both (N, T)). ``knots``
    (N, T, C) are what a keyframe comes back as, where that is not the frame itself but what its code keeps of it."""
    x = x.double()
    y = x if knots is None else knots.double()
    count, steps, _ = x.shape
    time = torch.arange(steps, dtype=x.dtype, device=x.device)
    zero = torch.zeros_like(x[:, :1])
    before = lambda v: torch.cat([zero if v.ndim == 3 else zero[..., 0], v.cumsum(1)], 1)  # noqa: E731
    square, own = (y * y).sum(-1), ((x - y) ** 2).sum(-1)
    p0, p1, q = before(x), before(x * time[:, None]), before((x * x).sum(-1))
    # Dots of knots with the sums over the frames between i and j.
    d0, d1 = y @ p0.transpose(1, 2), y @ p1.transpose(1, 2)
    here = torch.arange(steps, device=x.device)
    ends = here + 1
    row = lambda d: d[:, :, :steps] - d[:, here, ends][:, :, None]  # y_i · Σ  # noqa: E731
    column = lambda d: (  # y_j · Σ  # noqa: E731
        d[:, here, here][:, None, :] - d[:, :, 1:].transpose(1, 2)
    )
    i, j = time[:, None], time[None, :]
    span = (j - i).clamp(min=1)
    left = row(d0) - (row(d1) - i * row(d0)) / span  # y_i · Σ (1 − s) x_t
    right = (column(d1) - i * column(d0)) / span  # y_j · Σ s x_t
    inner = (span - 1).clamp(min=0)
    squares = inner * (2 * span - 1) / (6 * span)  # Σ s²
    mixed = inner / 2 - squares  # Σ s (1 − s)
    cost = (
        q[:, None, :steps] - q[:, 1:, None] - 2 * left - 2 * right
        + (square[:, :, None] + square[:, None, :]) * squares + 2 * (y @ y.transpose(1, 2)) * mixed
    ).clamp(min=0)
    cost = (cost + own[:, None]).masked_fill(i >= j, float("inf"))
    first = d0[:, here, here]
    head = q[:, :steps] - 2 * first + time * square
    rest = d0[:, :, -1] - d0[:, here, ends]
    tail = q[:, -1:] - q[:, 1:] - 2 * rest + (steps - 1 - time) * square
    return cost, head.clamp(min=0) + own, tail.clamp(min=0)


def best_keyframes(x: torch.Tensor, most: int, knots: torch.Tensor | None = None) -> torch.Tensor:
    """The best 1, 2, … ``most`` keyframes of windows (N, T, C), as masks (most, N, T)."""
    cost, head, tail = segment_costs(x, knots)
    count, steps = head.shape
    best, steps_back, masks = head, [], []
    rows = torch.arange(count, device=x.device)
    for k in range(1, most + 1):
        if k > 1:
            best, back = (best[:, :, None] + cost).min(1)
            steps_back.append(back)
        at = (best + tail).argmin(1)
        mask = torch.zeros(count, steps, dtype=torch.bool, device=x.device)
        mask[rows, at] = True
        for back in reversed(steps_back):
            at = back[rows, at]
            mask[rows, at] = True
        masks.append(mask)
    return torch.stack(masks)


def line_error(x: torch.Tensor, mask: torch.Tensor, knots: torch.Tensor | None = None) -> torch.Tensor:
    """Squared error (N,) of straight lines through the keyframes (N, T) of windows (N, T, C)."""
    y = x if knots is None else knots
    count, steps = mask.shape
    time = torch.arange(steps, device=x.device).expand(count, steps)
    before = torch.where(mask, time, -1).cummax(1).values
    after = torch.where(mask, time, steps).flip(1).cummin(1).values.flip(1)
    before, after = torch.where(before < 0, after, before), torch.where(after >= steps, before, after)
    share = (time - before) / (after - before).clamp(min=1)
    at = lambda index: y.gather(1, index[..., None].expand_as(y))  # noqa: E731
    found = at(before) * (1 - share[..., None]) + at(after) * share[..., None]
    return ((found - x) ** 2).sum((1, 2))


def even_keyframes(steps: int, k: int) -> torch.Tensor:
    """The mask (T,) of k evenly spaced keyframes, first and last frame among them."""
    mask = torch.zeros(steps, dtype=torch.bool)
    mask[torch.linspace(0, steps - 1, k).round().long()] = True
    return mask
