"""Finite scalar quantisation (Mentzer et al. 2023; spec/papers.md §2.2.5)."""

from __future__ import annotations

import math

import torch


class FSQ(torch.nn.Module):
    """Rounds each of ``len(levels)`` numbers to its level; a code is the mixed-radix index, first dimension fastest."""

    def __init__(self, levels: list[int]):
        super().__init__()
        self.levels = list(levels)
        self.size = math.prod(levels)
        half = [(level - 1) * (1 + 1e-3) / 2 for level in levels]
        offset = [0.5 if level % 2 == 0 else 0.0 for level in levels]
        self.register_buffer("span", torch.tensor(half), persistent=False)
        self.register_buffer("offset", torch.tensor(offset), persistent=False)
        self.register_buffer("shift", torch.tensor([math.atanh(o / h) for o, h in zip(offset, half)]), persistent=False)
        self.register_buffer("width", torch.tensor([float(level // 2) for level in levels]), persistent=False)
        steps = [math.prod(levels[:i]) for i in range(len(levels))]
        self.register_buffer("steps", torch.tensor([float(s) for s in steps]), persistent=False)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Values in [-1, 1], with the gradient passed straight through the rounding."""
        bounded = torch.tanh(z + self.shift) * self.span - self.offset
        rounded = bounded + (torch.round(bounded) - bounded).detach()
        return rounded / self.width

    def unbound(self, value: torch.Tensor) -> torch.Tensor:
        """About the numbers that were bounded and rounded to these values."""
        bounded = (value * self.width + self.offset) / self.span
        return torch.atanh(0.98 * bounded) / 0.98 - self.shift

    def index(self, value: torch.Tensor) -> torch.Tensor:
        return ((value * self.width).round() + self.width).mul(self.steps).sum(-1).round().long()

    def value(self, index: torch.Tensor) -> torch.Tensor:
        out = []
        for level, width in zip(self.levels, self.width.tolist()):
            out.append((index % level).float() - width)
            index = index // level
        return torch.stack(out, -1) / self.width
