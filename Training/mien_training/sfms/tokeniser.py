"""The sparse tokeniser: keyframe chooser, quantiser and sparse-to-dense inpainter (spec/papers.md §2.2).

Departures from the paper, each for a reason that the model card repeats: the decoder adds its output to the straight
line between the quantiser's own keyframes (converges in minutes on a CPU); the channels that the data really hold
are a fifth group.
"""

from __future__ import annotations

import torch
from torch import nn

from .channels import GROUPS
from .fsq import FSQ
from .layers import Stack, positions
from .topk import line_keyframes, relaxed_top_k, straight_through


class GroupQuantiser(nn.Module):
    """One frame of one group to one of the codes, and back without any context."""

    def __init__(self, channels: int, levels: list[int], hidden: int = 64):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, len(levels)))
        self.decode = nn.Sequential(nn.Linear(len(levels), hidden), nn.GELU(), nn.Linear(hidden, channels))


def hold(values: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Value of the newest keyframe up to each frame and its distance; differentiable in the mask.

    ``values`` (B, T, C), ``mask`` (B, T, C); frames before the first keyframe get distance > T.
    """
    value = torch.zeros_like(values[:, 0])
    distance = torch.full_like(value, float(values.shape[1]))
    held, distances = [], []
    for t in range(values.shape[1]):
        m = mask[:, t]
        value = m * values[:, t] + (1 - m) * value
        distance = (1 - m) * (distance + 1)
        held.append(value)
        distances.append(distance)
    return torch.stack(held, 1), torch.stack(distances, 1)


def key_distances(mask: torch.Tensor) -> torch.Tensor:
    """Frames since the last keyframe and until the next, (B, T, 2G), each at most T, as a share of T."""
    steps = mask.shape[1]
    previous = hold(mask, mask)[1]
    following = hold(mask.flip(1), mask.flip(1))[1].flip(1)
    return torch.cat([-previous.clamp(max=steps), following.clamp(max=steps)], -1) / steps


class Tokeniser(nn.Module):
    def __init__(self, config, window: int = 48):
        super().__init__()
        c = config
        self.window, self.reach, self.k = window, c.mask_reach, c.keyframes
        self.groups = [list(g) for g in GROUPS.values()]
        order = torch.tensor([i for g in self.groups for i in g])
        self.register_buffer("order", order, persistent=False)
        self.register_buffer(
            "channel_group",
            torch.tensor([next(n for n, g in enumerate(self.groups) if i in g) for i in range(58)]),
            persistent=False,
        )
        self.register_buffer("mean", torch.zeros(58))
        self.register_buffer("std", torch.ones(58))
        self.register_buffer("positions", positions(window, c.dim), persistent=False)
        count = len(self.groups)
        # 1. logit encoder; the convolution of width 3 is written as a Linear over three neighbouring frames
        self.logit_front = nn.Linear(3 * 58, c.dim)
        self.logit_project = nn.Linear(c.dim, c.dim)
        self.logit_stack = Stack(c.dim, c.heads, c.ff, c.layers[0], c.dropout)
        self.logit_head = nn.Linear(c.dim, count)
        # 4. quantiser, then keyframe encoder
        self.fsq = FSQ(c.levels)
        self.quantisers = nn.ModuleList(GroupQuantiser(len(g), c.levels) for g in self.groups)
        self.key_embed = nn.ModuleList(nn.Linear(len(c.levels), c.dim) for _ in self.groups)
        self.key_blank = nn.Parameter(torch.randn(count, c.dim) * 0.02)
        self.key_stack = Stack(c.dim, c.heads, c.ff, c.layers[1], c.dropout)
        # 6. transition encoder
        self.transition_front = nn.Linear(c.dim + count * (2 * c.mask_reach + 1) + 2 * count, c.dim)
        self.transition_stack = Stack(c.dim, c.heads, c.ff, c.layers[2], c.dropout)
        # 7. decoder
        self.blank = nn.Parameter(torch.randn(c.dim) * 0.02)
        self.decoder_stack = Stack(c.dim, c.heads, c.ff, c.layers[3], c.dropout)
        self.decoder_head = nn.Linear(c.dim, 58)
        nn.init.zeros_(self.decoder_head.weight)
        nn.init.zeros_(self.decoder_head.bias)

    def standardise(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.std

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """log π of each group over the window's frames, (B, T, G), of standardised frames."""
        padded = torch.cat([x[:, :1], x, x[:, -1:]], 1)
        wide = torch.cat([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]], -1)
        h = self.logit_project(torch.nn.functional.gelu(self.logit_front(wide))) + self.positions[: x.shape[1]]
        return torch.log_softmax(self.logit_head(self.logit_stack(h)), dim=1)

    def choose(self, x: torch.Tensor, k: int | None = None) -> torch.Tensor:
        """The hard, deterministic mask (B, T, G)."""
        _, hard = relaxed_top_k(self.logits(x).transpose(1, 2), k or self.k, 1.0)
        return hard.transpose(1, 2)

    def quantise(self, x: torch.Tensor) -> torch.Tensor:
        """FSQ values of every frame and group, (B, T, G, d_q)."""
        return torch.stack([self.fsq(q.encode(x[..., g])) for q, g in zip(self.quantisers, self.groups)], -2)

    def plain(self, values: torch.Tensor) -> torch.Tensor:
        """Frames made from the codes alone, (B, T, 58)."""
        parts = [q.decode(values[..., n, :]) for n, q in enumerate(self.quantisers)]
        out = torch.cat(parts, -1)
        inverse = torch.argsort(self.order)
        return out[..., inverse]

    def key_latents(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Keyframe encoder: attends to keyframes only, (B, T, dim)."""
        x = self.positions[: mask.shape[1]].expand(mask.shape[0], -1, -1)
        for n, embed in enumerate(self.key_embed):
            m = mask[..., n : n + 1]
            x = x + m * embed(values[..., n, :]) + (1 - m) * self.key_blank[n]
        return self.key_stack(x, ignore=mask.detach().amax(-1) < 0.5)

    def transitions(self, mask: torch.Tensor) -> torch.Tensor:
        """Transition encoder: sees the masks and nothing of the motion, (B, T, dim)."""
        batch, steps, _ = mask.shape
        padded = torch.nn.functional.pad(mask, (0, 0, self.reach, self.reach))
        bits = torch.cat([padded[:, i : i + steps] for i in range(2 * self.reach + 1)], -1)
        place = self.positions[:steps].expand(batch, -1, -1)
        return self.transition_stack(self.transition_front(torch.cat([place, bits, key_distances(mask)], -1)))

    def line(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Straight lines between the plain keyframes; beyond the outer ones the nearest is held."""
        frames = self.plain(values)
        m = mask[..., self.channel_group]
        before, since = hold(frames, m)
        after, until = (part.flip(1) for part in hold(frames.flip(1), m.flip(1)))
        far = float(mask.shape[1])
        has_before, has_after = (since < far).float(), (until < far).float()
        both = has_before * has_after
        blended = (before * until + after * since) / (since + until).clamp(min=1e-6)
        blended = torch.where((since + until) < 0.5, before, blended)
        return both * blended + (1 - both) * (has_before * before + has_after * after)

    def inpaint(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Dense standardised motion from sparse keyframes."""
        any_key = mask.detach().amax(-1, keepdim=True)
        h = self.transitions(mask) + any_key * self.key_latents(values, mask) + (1 - any_key) * self.blank
        return self.line(values, mask) + self.decoder_head(self.decoder_stack(h))

    def forward(self, x: torch.Tensor, k: int, tau: float, noise: torch.Tensor | None, anchors: torch.Tensor | None):
        """Training pass over standardised frames: reconstruction, plain one, soft mask, mask, log π."""
        log_pi = self.logits(x).transpose(1, 2)
        soft, hard = relaxed_top_k(log_pi, k, tau, noise)
        mask = straight_through(soft, hard).transpose(1, 2)
        if anchors is not None:
            mask = torch.maximum(mask, anchors)
        values = self.quantise(x)
        return self.inpaint(values, mask), self.plain(values), soft.transpose(1, 2), mask, log_pi

    def teacher(self, x: torch.Tensor, k: int) -> torch.Tensor:
        """Keyframes of each group that greedy line splitting would keep, (B, G, T)."""
        return torch.stack([line_keyframes(x[..., g], k) for g in self.groups], 1)
