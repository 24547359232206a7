"""SUHMo's generator, Transformer variant (spec §1.3): one causal block with self-attention and attention to the partner.

It trains with the same judges, losses and checks as the LSTM (`model.kind: transformer`), and free-runs frame by frame on
cached keys and values, as `Sources/Motion/SUHMo/SUHMo+Transformer.swift` does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .generator import COORDINATES, passed_back

#: Frames that attention reaches back (trained on about 45, the paper runs 80).
REACH = 80


@dataclass
class TransformerState:
    """What one step leaves for the next: x, v (B, 136), and own keys, own values, partner's keys and partner's values of
    the frames so far, (B, T, H) each. Rows 2i and 2i + 1 are a pair."""

    x: Tensor
    v: Tensor
    cache: tuple[Tensor, ...]


class Attention(nn.Module):
    """One head over cached keys and values, and the post-norm after it."""

    def __init__(self, width: int):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """x (B, H) attends to the frames so far, (B, T, H), at most `REACH` of them."""
        k, v = keys[:, -REACH:], values[:, -REACH:]
        weight = torch.softmax((self.query(x)[:, None] * k).sum(dim=-1) / x.shape[-1] ** 0.5, dim=1)
        return self.norm(x + self.out((weight[..., None] * v).sum(dim=1)))

    def all(self, x: Tensor, seen: Tensor) -> Tensor:
        """Every frame of x (B, T, H) at once, each attending to those of `seen` up to its own."""
        t = torch.arange(x.shape[1], device=x.device)
        back = t[:, None] - t
        scores = self.query(x) @ self.key(seen).transpose(1, 2) / x.shape[-1] ** 0.5
        weight = torch.softmax(scores.masked_fill((back < 0) | (back >= REACH), -torch.inf), dim=2)
        return self.norm(x + self.out(weight @ self.value(seen)))


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
        self.feedback_gradient = 1.0
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
        return TransformerState(x, v, (x.new_zeros(len(x), 0, self.hidden),) * 4)

    def maps(self) -> None:
        """Nothing is made once a rollout; the LSTM has its matrices here."""

    def embedded(self, x: Tensor, v: Tensor) -> Tensor:
        return self.embed(torch.cat([(x - self.mean) / self.position_scale, v / self.velocity_scale], dim=-1))

    def attended(self, state: TransformerState) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
        """What a frame is after its own past and after its partner's, (B, H) each, and the cache with it."""
        y = self.embedded(*(passed_back(values, self.feedback_gradient) for values in (state.x, state.v)))
        keys, values, others_keys, others_values = state.cache
        grown = lambda cache, row: torch.cat([cache[:, 1 - REACH :], row[:, None]], dim=1)  # noqa: E731
        keys, values = grown(keys, self.own.key(y)), grown(values, self.own.value(y))
        y = self.own(y, keys, values)
        seen = partner(y) if self.pair_pool else y
        others_keys, others_values = grown(others_keys, self.other.key(seen)), grown(others_values, self.other.value(seen))
        return y, self.other(y, others_keys, others_values), (keys, values, others_keys, others_values)

    def velocity(self, z: Tensor) -> Tensor:
        """The next velocity in network units, of what attention made."""
        z = self.norm(z + self.feed_out(nn.functional.leaky_relu(self.feed_in(z), 0.2)))
        made = self.out_last(nn.functional.leaky_relu(self.norm_head(self.head(z)), 0.2))
        if self.modes is not None:
            made = made @ self.modes.t()
        return made * self.velocity_scale

    def step(self, state: TransformerState, maps: None = None) -> TransformerState:
        """One frame on."""
        _, z, cache = self.attended(state)
        v = self.velocity(z)
        return TransformerState(state.x + v, v, cache)

    def predicted(self, x: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """One step on from each real frame (B, T, 136), all at once: what steps one by one would make."""
        y = self.embedded(x, v)
        y = self.own.all(y, y)
        seen = y.view(-1, 2, *y.shape[1:]).flip(1).reshape(y.shape) if self.pair_pool else y
        made = self.velocity(self.other.all(y, seen))
        return x + made, made

    def rollout(
        self, x: Tensor, v: Tensor, observed: int, frames: int, forced: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """As `Generator.rollout`."""
        if observed >= frames:
            return self.predicted(x[:, :frames], v[:, :frames])
        if forced is not None and bool(forced.any()) and x.shape[1] >= frames:  # pairs are forced together
            made = [torch.empty(len(x), frames, COORDINATES, dtype=x.dtype, device=x.device) for _ in range(2)]
            parts = self.rollout(x[~forced], v[~forced], observed, frames), self.predicted(x[forced, :frames], v[forced, :frames])
            for rows, part in zip((~forced, forced), parts):
                made = [whole.index_put((rows,), half) for whole, half in zip(made, part)]
            return made[0], made[1]
        state, xs, vs = self.start(x[:, 0], v[:, 0]), [], []
        for t in range(1, frames + 1):
            state = self.step(state)
            xs.append(state.x)
            vs.append(state.v)
            if t < observed:
                state = TransformerState(x[:, t], v[:, t], state.cache)
        return torch.stack(xs, dim=1), torch.stack(vs, dim=1)
