"""SUHMo's generator, Transformer variant (spec §1.3): one causal block with self-attention and attention to the partner.

It trains with the same judges, losses and checks as the LSTM (`model.kind: transformer`), and free-runs frame by frame on
cached keys and values. The Swift library steps the LSTM alone, so no Transformer is shipped.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .generator import COORDINATES

#: Frames that attention reaches back (trained on about 45, the paper runs 80).
REACH = 80


class Attention(nn.Module):
    """One head over cached keys and values, and the post-norm after it."""

    def __init__(self, width: int):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, keys: list[Tensor], values: list[Tensor]) -> Tensor:
        """x (B, H) attends to the frames so far, at most `REACH` of them."""
        k, v = (torch.stack(part[-REACH:], dim=1) for part in (keys, values))
        weight = torch.softmax((self.query(x)[:, None] * k).sum(dim=-1) / x.shape[-1] ** 0.5, dim=1)
        return self.norm(x + self.out((weight[..., None] * v).sum(dim=1)))


def partner(rows: Tensor) -> Tensor:
    """Rows 2i and 2i + 1, a pair, swapped."""
    return rows.view(-1, 2, rows.shape[-1]).flip(1).reshape(rows.shape)


class TransformerGenerator(nn.Module):
    """Embedding, self-attention, attention to the partner (BXA), feed-forward, head: the next velocity.

    Scales, modes and pairs are as in `generator.Generator`. Without `pair_pool` a sample attends to itself twice.
    """

    def __init__(self, hidden: int, modes: int = 0, pair_pool: bool = True, displacement: bool = False):
        super().__init__()
        if displacement:
            raise ValueError("the Δ-based baseline is an LSTM: model.kind must be lstm")
        self.hidden, self.pair_pool, self.narrow = hidden, pair_pool, False
        self.embed = nn.Linear(2 * COORDINATES, hidden)
        self.own, self.other = Attention(hidden), Attention(hidden)
        self.feed = nn.Sequential(
            nn.Linear(hidden, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, hidden)
        )
        self.norm = nn.LayerNorm(hidden)
        self.head = nn.Sequential(nn.Linear(hidden, hidden), nn.LayerNorm(hidden), nn.LeakyReLU(0.2))
        self.last = nn.Linear(hidden, modes or COORDINATES)
        self.register_buffer("modes", torch.zeros(COORDINATES, modes) if modes else None)
        self.register_buffer("mean", torch.zeros(COORDINATES))
        self.register_buffer("position_scale", torch.ones(COORDINATES))
        self.register_buffer("velocity_scale", torch.ones(COORDINATES))

    def step(self, x: Tensor, v: Tensor, cache: list[list[Tensor]]) -> tuple[Tensor, Tensor]:
        """The next positions and velocities; the cache grows by a frame: own keys, values, partner's keys, values."""
        y = self.embed(torch.cat([(x - self.mean) / self.position_scale, v / self.velocity_scale], dim=-1))
        cache[0].append(self.own.key(y))
        cache[1].append(self.own.value(y))
        y = self.own(y, cache[0], cache[1])
        seen = partner(y) if self.pair_pool else y
        cache[2].append(self.other.key(seen))
        cache[3].append(self.other.value(seen))
        z = self.other(y, cache[2], cache[3])
        made = self.last(self.head(self.norm(z + self.feed(z))))
        if self.modes is not None:
            made = made @ self.modes.t()
        made = made * self.velocity_scale
        return x + made, made

    def rollout(
        self, x: Tensor, v: Tensor, observed: int, frames: int, forced: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As `Generator.rollout`."""
        cache: list[list[Tensor]] = [[], [], [], []]
        place, speed, xs, vs = x[:, 0], v[:, 0], [], []
        rows = None if forced is None else forced[:, None]
        for t in range(1, frames + 1):
            place, speed = self.step(place, speed, cache)
            xs.append(place)
            vs.append(speed)
            if t < observed:
                place, speed = x[:, t], v[:, t]
            elif rows is not None and t < x.shape[1]:
                place, speed = torch.where(rows, x[:, t], place), torch.where(rows, v[:, t], speed)
        return torch.stack(xs, dim=1), torch.stack(vs, dim=1)
