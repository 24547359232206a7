"""Vector quantisation with a learned codebook (van den Oord et al. 2017), the alternative to FSQ."""

from __future__ import annotations

import torch
from torch import nn


class VQ(nn.Module):
    """``size`` vectors; a value is the nearest. The encoder is held to it (``commitment``), it to the encoder."""

    def __init__(self, size: int, dim: int = 8, commitment: float = 0.25):
        super().__init__()
        self.size, self.commitment = size, commitment
        self.codebook = nn.Parameter(torch.randn(size, dim) * 0.5)
        self.pull = torch.zeros(())

    def index(self, z: torch.Tensor) -> torch.Tensor:
        return torch.cdist(z.reshape(-1, z.shape[-1]), self.codebook).argmin(-1).view(z.shape[:-1])

    def value(self, index: torch.Tensor) -> torch.Tensor:
        return self.codebook[index]

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        near = self.value(self.index(z))
        self.pull = (near - z.detach()).square().mean() + self.commitment * (near.detach() - z).square().mean()
        return z + (near - z).detach()

    @torch.no_grad()
    def revive(self, z: torch.Tensor) -> int:
        """Moves codes that no row of ``z`` (N, dim) is nearest to onto rows drawn from it; says how many."""
        used = torch.zeros(self.size, dtype=torch.bool, device=z.device)
        used[self.index(z)] = True
        idle = (~used).nonzero().flatten()
        self.codebook[idle] = z[torch.randint(len(z), (len(idle),)).to(z.device)]
        return len(idle)
