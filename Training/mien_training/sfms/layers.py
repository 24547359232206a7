"""Pieces that tokeniser and predictor share."""

from __future__ import annotations

import math

import torch
from torch import nn


def positions(length: int, dim: int) -> torch.Tensor:
    """Sinusoidal positions, sine and cosine interleaved, base 10⁴."""
    position = torch.arange(length, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, dim, 2, dtype=torch.float32) * (-math.log(10000.0) / dim))
    out = torch.zeros(length, dim)
    out[:, 0::2] = torch.sin(position * rate)
    out[:, 1::2] = torch.cos(position * rate)
    return out


class Stack(nn.Module):
    """Pre-norm encoder layers with GELU and one last LayerNorm."""

    def __init__(self, dim: int, heads: int, ff: int, layers: int, dropout: float):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dim, heads, ff, dropout, "gelu", batch_first=True, norm_first=True)
            for _ in range(layers)
        )
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: torch.Tensor, ignore: torch.Tensor | None = None) -> torch.Tensor:
        """``ignore`` (batch, time) marks the keys that nobody may attend to."""
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=ignore)
        return self.norm(x)


class GatedCross(nn.Module):
    """x + α·CrossAttention(norm x, norm y), α starting at 0 (the gate of FIBER); more than one α for more than one x."""

    def __init__(self, dim: int, heads: int, dropout: float, gates: int = 1):
        super().__init__()
        self.norm_x = nn.LayerNorm(dim)
        self.norm_y = nn.LayerNorm(dim)
        self.attention = nn.MultiheadAttention(dim, heads, dropout, batch_first=True)
        self.alpha = nn.Parameter(torch.zeros(gates))

    def forward(self, x: torch.Tensor, y: torch.Tensor, there: torch.Tensor | None = None) -> torch.Tensor:
        return x + self.alpha * self.find(x, y, there)

    def find(self, x: torch.Tensor, y: torch.Tensor, there: torch.Tensor | None = None) -> torch.Tensor:
        """What x finds in y; ``there`` (batch, time of y) marks what of y may be read, and nothing is found in nothing."""
        y = self.norm_y(y)
        if there is None:
            return self.attention(self.norm_x(x), y, y, need_weights=False)[0]
        nothing = ~there.any(1, keepdim=True)
        found = self.attention(self.norm_x(x), y, y, key_padding_mask=~(there | nothing), need_weights=False)[0]
        return torch.where(nothing[..., None], 0, found)
