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
