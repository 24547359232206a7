"""The keyframe chooser: each group's own motion to the log-probability that a frame is one of its k keyframes.

The paper's logit encoder, with three departures that the card repeats. All groups share one encoder, each through its own
front: what makes a keyframe does not depend on the channel. A group's window is scaled to its own deviation, and the
front also reads how far each frame is from the line between its neighbours at five spans. Picking a keyframe also
discourages the frames beside it (``discourage``), or the top k crowd around every corner.
"""

from __future__ import annotations

import math

import torch
from torch import nn

from .layers import Stack, positions

SPANS = [1, 2, 4, 8, 16]
MOST = 16  # keyframes in a window that the embedding of k knows; more are taken for as many
REACH = 3  # frames to each side that a picked keyframe discourages


def neighbours(x: torch.Tensor, span: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The frames ``span`` before and after each of (N, T, C); the window's ends are repeated."""
    time = torch.arange(x.shape[1], device=x.device)
    return x[:, (time - span).clamp(min=0)], x[:, (time + span).clamp(max=x.shape[1] - 1)]


class Chooser(nn.Module):
    def __init__(self, groups: list[list[int]], dim: int, heads: int, ff: int, layers: int, dropout: float, window: int):
        super().__init__()
        self.groups = groups
        self.fronts = nn.ModuleList(nn.Linear(3 * len(g) + len(SPANS), dim) for g in groups)
        self.group_embed = nn.Parameter(torch.randn(len(groups), dim) * 0.02)
        self.k_embed = nn.Parameter(torch.randn(MOST, dim) * 0.02)
        self.project = nn.Linear(dim, dim)
        self.stack = Stack(dim, heads, ff, layers, dropout)
        self.head = nn.Linear(dim, 1)
        nn.init.zeros_(self.head.weight)
        self.discourage = nn.Parameter(torch.tensor([2.0, 0.0, -2.0]))  # logits, at distance 1, 2 and 3
        self.register_buffer("positions", positions(window, dim), persistent=False)

    def front(self, x: torch.Tensor, n: int) -> torch.Tensor:
        """What the encoder reads of group n of standardised frames (B, T, 58)."""
        own = x[..., self.groups[n]]
        own = own - own.mean(1, keepdim=True)
        own = own / (own.square().mean((1, 2), keepdim=True) + 1e-4).sqrt()
        before, after = neighbours(own, 1)
        parts = [before, own, after]
        for span in SPANS:
            before, after = neighbours(own, span)
            off = (own - (before + after) / 2).square().mean(-1, keepdim=True)
            parts.append(torch.log(off + 1e-3))
        return self.fronts[n](torch.cat(parts, -1))

    def forward(self, x: torch.Tensor, k: int) -> torch.Tensor:
        """log π over time, (B, G, T)."""
        batch, steps = x.shape[:2]
        h = torch.stack([self.front(x, n) for n in range(len(self.groups))], 1)
        h = self.project(torch.nn.functional.gelu(h)) + self.positions[:steps]
        h = h + self.group_embed[:, None] + self.k_embed[min(k, MOST) - 1]
        score = self.head(self.stack(h.flatten(0, 1)))[..., 0]
        return torch.log_softmax(score.unflatten(0, (batch, -1)), -1)

    def scores(self, x: torch.Tensor, k: int) -> torch.Tensor:
        """What the frames themselves add to a set of ``path``, (B, G, T)."""
        return self(x, k) + math.log(x.shape[1])

    def kernel(self) -> torch.Tensor:
        """By how much a sure pick lowers the probability of the frames at distance −3…3."""
        side = torch.sigmoid(self.discourage)
        return torch.cat([side.flip(0), side.new_ones(1), side])
