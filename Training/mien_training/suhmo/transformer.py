"""SUHMo's generator, Transformer variant (spec §1.3): one causal block with self-attention and attention to the partner.

It trains with the same judges, losses and checks as the LSTM (`model.kind: transformer`), and free-runs frame by frame on
cached keys and values, as `Sources/Motion/SUHMo/SUHMo+Transformer.swift` does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .generator import COORDINATES

#: Frames that attention reaches back (trained on about 45, the paper runs 80).
REACH = 80


@dataclass
class TransformerState:
    """What one step leaves for the next: x, v (B, 136), and a row (B, H) a frame of own keys, own values, partner's keys
    and partner's values. Rows 2i and 2i + 1 are a pair."""

    x: Tensor
    v: Tensor
    cache: tuple[list[Tensor], ...]


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
        self.feed_in, self.feed_out = nn.Linear(hidden, hidden), nn.Linear(hidden, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.head, self.norm_head = nn.Linear(hidden, hidden), nn.LayerNorm(hidden)
        self.out_last = nn.Linear(hidden, modes or COORDINATES)
        self.register_buffer("modes", torch.zeros(COORDINATES, modes) if modes else None)
        self.register_buffer("mean", torch.zeros(COORDINATES))
        self.register_buffer("position_scale", torch.ones(COORDINATES))
        self.register_buffer("velocity_scale", torch.ones(COORDINATES))

    def start(self, x: Tensor, v: Tensor) -> TransformerState:
        """The state before the first step: no frame is remembered yet."""
        return TransformerState(x, v, ([], [], [], []))

    def maps(self) -> None:
        """Nothing is made once a rollout; the LSTM has its matrices here."""

    def attended(self, state: TransformerState) -> tuple[Tensor, Tensor]:
        """What a frame is after its own past and after its partner's, (B, H) each; the cache grows by it."""
        features = [(state.x - self.mean) / self.position_scale, state.v / self.velocity_scale]
        y = self.embed(torch.cat(features, dim=-1))
        keys, values, others_keys, others_values = state.cache
        keys.append(self.own.key(y))
        values.append(self.own.value(y))
        y = self.own(y, keys, values)
        seen = partner(y) if self.pair_pool else y
        others_keys.append(self.other.key(seen))
        others_values.append(self.other.value(seen))
        return y, self.other(y, others_keys, others_values)

    def step(self, state: TransformerState, maps: None = None) -> TransformerState:
        """One frame on."""
        z = self.attended(state)[1]
        z = self.norm(z + self.feed_out(nn.functional.leaky_relu(self.feed_in(z), 0.2)))
        made = self.out_last(nn.functional.leaky_relu(self.norm_head(self.head(z)), 0.2))
        if self.modes is not None:
            made = made @ self.modes.t()
        v = made * self.velocity_scale
        return TransformerState(state.x + v, v, state.cache)

    def rollout(
        self, x: Tensor, v: Tensor, observed: int, frames: int, forced: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As `Generator.rollout`."""
        state, xs, vs = self.start(x[:, 0], v[:, 0]), [], []
        rows = None if forced is None else forced[:, None]
        for t in range(1, frames + 1):
            state = self.step(state)
            xs.append(state.x)
            vs.append(state.v)
            if t < observed:
                state = TransformerState(x[:, t], v[:, t], state.cache)
            elif rows is not None and t < x.shape[1]:
                next_x, next_v = torch.where(rows, x[:, t], state.x), torch.where(rows, v[:, t], state.v)
                state = TransformerState(next_x, next_v, state.cache)
        return torch.stack(xs, dim=1), torch.stack(vs, dim=1)
