"""Relaxed top-k without replacement (spec/papers.md §2.2.2, Algorithm 1)."""

from __future__ import annotations

import torch


def relaxed_top_k(
    log_pi: torch.Tensor, k: int, tau: float, noise: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Picks k entries along the last axis: the soft mask, which sums to k, and the hard one.

    ``noise`` is uniform in (0, 1) and makes the choice a Gumbel draw; without it the choice is deterministic.
    """
    scores = log_pi if noise is None else log_pi - torch.log(-torch.log(noise))
    hard = torch.zeros_like(scores).scatter(-1, scores.topk(k, dim=-1).indices, 1.0)
    running, soft = scores, torch.zeros_like(scores)
    for _ in range(k):
        chosen = torch.softmax(running / tau, dim=-1)
        soft = soft + chosen
        running = running + torch.log(torch.clamp(1 - chosen, min=1e-6))
    return soft, hard


def straight_through(soft: torch.Tensor, hard: torch.Tensor) -> torch.Tensor:
    """The hard mask going forward, the soft one's gradient going back."""
    clamped = soft.clamp(max=1.0)
    return hard + clamped - clamped.detach()


def line_keyframes(frames: torch.Tensor, k: int) -> torch.Tensor:
    """The k keyframes (N, T) that greedy splitting of straight lines picks for frames (N, T, C): a teacher for the
    chooser's first steps (Douglas and Peucker 1973, with a fixed number of points)."""
    count, steps, _ = frames.shape
    time = torch.arange(steps).expand(count, steps)
    mask = torch.zeros(count, steps, dtype=torch.bool)
    error = (frames**2).sum(-1)
    for number in range(k):
        mask[torch.arange(count), error.masked_fill(mask, -1).argmax(-1)] = True
        before = torch.where(mask, time, -1).cummax(-1).values
        after = steps - 1 - torch.where(mask, steps - 1 - time, -1).flip(1).cummax(-1).values.flip(1)
        after = torch.where(after > steps - 1, before, after)
        before = torch.where(before < 0, after, before)
        span = (after - before).clamp(min=1)
        share = ((time - before).float() / span)[..., None]
        at = lambda index: frames.gather(1, index[..., None].expand(-1, -1, frames.shape[-1]))  # noqa: E731
        error = ((at(before) * (1 - share) + at(after) * share - frames) ** 2).sum(-1)
    return mask
