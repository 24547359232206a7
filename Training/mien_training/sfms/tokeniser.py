"""The sparse tokeniser: keyframe chooser, quantiser and sparse-to-dense inpainter (spec/papers.md §2.2).

Departures from the paper, each for a reason that the model card repeats: the decoder adds its output to the straight
line between the quantiser's own keyframes (converges in minutes on a CPU); the channels that the data really hold
are a fifth group.
"""

from __future__ import annotations

import torch
from torch import nn

from .channels import SCHEMES
from .chooser import Chooser
from .fsq import FSQ
from .keyframes import best_path, best_picks, relaxed_path, relaxed_picks, scaled_costs
from .layers import Stack, positions
from .oracle import even_keyframes
from .vq import VQ


#: Of so many levels, how many deviations off the mean the outer ones begin, over where ``FSQ.unbound`` puts them: their means of
#: a normal distribution cut at 0 or at ±0.55, 0.80 and 1.16, over ``atanh(0.98) / 0.98``.
FEW = {2: 0.34, 3: 0.50}
#: How keyframes are placed; the learned ways need a chooser.
LEARNED = ("path", "top-k")
PLACEMENTS = ("exact", "coded", *LEARNED, "static", "dense")


class GroupQuantiser(nn.Module):
    """One frame of one group to one of the codes, and back without any context.

    Both ways are a linear map, which begins as the group's principal components, and a small correction.
    """

    def __init__(self, channels: int, levels: list[int] | None, codes: int = 256, hidden: int = 64):
        super().__init__()
        self.code = FSQ(levels) if levels else VQ(codes)
        self.dim = len(levels) if levels else self.code.codebook.shape[1]
        self.encode_skip = nn.Linear(channels, self.dim)
        self.encode = nn.Sequential(nn.Linear(channels, hidden), nn.GELU(), nn.Linear(hidden, self.dim))
        self.decode_skip = nn.Linear(self.dim, channels)
        self.decode = nn.Sequential(nn.Linear(self.dim, hidden), nn.GELU(), nn.Linear(hidden, channels))
        for last in (self.encode[2], self.decode[2]):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Standardised channels (…, C) to the values of their code (…, dim)."""
        return self.code(self.encode_skip(x) + self.encode(x))

    def plain(self, values: torch.Tensor) -> torch.Tensor:
        """Standardised channels that the values stand for."""
        wide = self.code.unbound(values) if isinstance(self.code, FSQ) else values
        return self.decode_skip(wide) + self.decode(wide)

    @torch.no_grad()
    def begin(self, x: torch.Tensor) -> None:
        """Starts from the principal components of frames (N, C); nearly all of each lies before the bend of the tanh. Of two or
        three levels frames would then all have the same one: there the bends lie about a deviation to both sides of the mean."""
        axes, mean, reach, spread = components(x)
        count = min(self.dim, x.shape[1])
        axes, reach = axes[:count], reach[:count]
        shift = torch.zeros_like(reach)
        back = torch.ones_like(reach)
        for place, level in enumerate(self.code.levels[:count] if isinstance(self.code, FSQ) else ()):
            if level in FEW:
                reach[place], back[place] = spread[place].clamp(min=1e-2), FEW[level]
                shift[place] = self.code.shift[place]
        for layer in (self.encode_skip, self.decode_skip):
            layer.weight.zero_()
            layer.bias.zero_()
        self.encode_skip.weight[:count] = (axes / reach[:, None]).float()
        self.encode_skip.bias[:count] = -((axes @ mean) / reach + shift).float()
        self.decode_skip.weight[:, :count] = (axes * (back * reach)[:, None]).T.float()
        self.decode_skip.bias.copy_((mean + (shift * back * reach) @ axes).float())
        if isinstance(self.code, VQ):
            z = self.encode_skip(x.float())
            self.code.codebook.copy_(z[torch.randint(len(z), (self.code.size,)).to(z.device)])


def components(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Principal axes (C, C) of frames (N, C), largest first; their mean; how far nearly all frames reach along each
    axis; its deviation."""
    x = x.double()
    mean = x.mean(0)
    spread, axes = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    axes = axes.flip(1).T
    along = ((x - mean) @ axes.T).abs().sort(0).values
    reach = along[int(0.9995 * len(x))].clamp(min=1e-2)
    return axes, mean, reach, spread.flip(0).clamp(min=0).sqrt()


def allocate(frames: torch.Tensor, groups: list[list[int]], step: float) -> list[list[int]]:
    """Levels for each group's principal components, largest first, so that each is rounded to about ``step``, in groups of
    few channels, whose bits are few, to a third of it; one whose deviation is less than half a step is left out."""
    out, most = [], step
    for group in groups:
        step = most if len(group) > 6 else most / 3
        _, _, reach, spread = components(frames[:, group])
        levels = (2 * reach / step).round().int() + 1
        kept = [min(int(level), 255) for level, own in zip(levels, spread) if own > step / 2]
        out.append(kept or [3])
    return out


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
        self.groups = SCHEMES[str(c.groups)]
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
        # 1. chooser
        self.placement = c.placement
        self.chooser = None
        if c.placement in LEARNED:
            self.chooser = Chooser(self.groups, c.chooser_dim, c.heads, 2 * c.chooser_dim, c.layers[0], c.dropout, window)
        # 4. quantiser, then keyframe encoder
        levels = c.levels or [None] * count
        if isinstance(levels[0], int):
            levels = [levels] * count
        if len(levels) != count:
            raise ValueError(f"tokeniser.levels has {len(levels)} lists, expected {count}, one a group, or one for all")
        self.quantisers = nn.ModuleList(GroupQuantiser(len(g), own) for g, own in zip(self.groups, levels))
        self.most = max(q.dim for q in self.quantisers)
        self.key_embed = nn.ModuleList(nn.Linear(q.dim, c.dim) for q in self.quantisers)
        self.key_blank = nn.Parameter(torch.randn(count, c.dim) * 0.02)
        self.key_stack = Stack(c.dim, c.heads, c.ff, c.layers[1], c.dropout)
        # 6. transition encoder
        self.transition_front = nn.Linear(c.dim + count * (2 * c.mask_reach + 1) + 2 * count, c.dim)
        self.transition_stack = Stack(c.dim, c.heads, c.ff, c.layers[2], c.dropout)
        # 7. decoder
        self.blank = nn.Parameter(torch.randn(c.dim) * 0.02)
        self.line_front = nn.Linear(58, c.dim)
        self.decoder_stack = Stack(c.dim, c.heads, c.ff, c.layers[3], c.dropout)
        self.decoder_head = nn.Linear(c.dim, 58)
        nn.init.zeros_(self.decoder_head.weight)
        nn.init.zeros_(self.decoder_head.bias)

    @property
    def codes(self) -> list[int]:
        """How many codes each group has."""
        return [q.code.size for q in self.quantisers]

    def standardise(self, x: torch.Tensor) -> torch.Tensor:
        return (x - self.mean) / self.std

    def own(self, x: torch.Tensor) -> list[tuple[torch.Tensor, ...]]:
        """Each group's scaled line errors of standardised windows."""
        if self.placement != "coded":
            return [scaled_costs(x[..., group]) for group in self.groups]
        kept = self.plain(self.quantise(x))
        return [scaled_costs(x[..., group], kept[..., group]) for group in self.groups]

    def choose(self, x: torch.Tensor, k: int | None = None) -> torch.Tensor:
        """The hard, deterministic mask (B, T, G) of standardised windows."""
        k = k or self.k
        if self.placement == "dense":
            return x.new_ones(len(x), x.shape[1], len(self.groups))
        if self.placement == "static":
            return even_keyframes(x.shape[1], k).to(x)[None, :, None].repeat(len(x), 1, len(self.groups))
        still = self.placement in ("exact", "coded")
        return self.hard(x.new_zeros(len(x), len(self.groups), x.shape[1]) if still else self.chooser(x, k), x, k)

    def hard(self, scores: torch.Tensor, x: torch.Tensor, k: int) -> torch.Tensor:
        """The hard mask (B, T, G) of scores (B, G, T)."""
        if self.placement == "top-k":
            return best_picks(scores, k, self.chooser.kernel()).transpose(1, 2)
        parts = [best_path(scores[:, n], costs, k) for n, costs in enumerate(self.own(x))]
        return torch.stack(parts, -1)

    def relaxed(self, scores: torch.Tensor, x: torch.Tensor, k: int, tau: float) -> torch.Tensor:
        """The soft mask (B, T, G), which sums to k over time."""
        if self.placement == "top-k":
            return relaxed_picks(scores, k, tau, self.chooser.kernel()).transpose(1, 2)
        parts = [relaxed_path(scores[:, n], costs, k, tau) for n, costs in enumerate(self.own(x))]
        return torch.stack(parts, -1)

    def quantise(self, x: torch.Tensor) -> torch.Tensor:
        """Code values of every frame and group, (B, T, G, d); groups of fewer numbers end in zeros."""
        parts = [q(x[..., g]) for q, g in zip(self.quantisers, self.groups)]
        return torch.stack([nn.functional.pad(p, (0, self.most - p.shape[-1])) for p in parts], -2)

    def index(self, values: torch.Tensor) -> torch.Tensor:
        """Codes of values (…, G, d), (…, G); a vector quantiser's are of the nearest vectors."""
        return torch.stack([q.code.index(values[..., n, : q.dim]) for n, q in enumerate(self.quantisers)], -1)

    def value(self, index: torch.Tensor) -> torch.Tensor:
        """Values (…, G, d) of codes (…, G)."""
        parts = [q.code.value(index[..., n]) for n, q in enumerate(self.quantisers)]
        return torch.stack([nn.functional.pad(p, (0, self.most - p.shape[-1])) for p in parts], -2)

    def plain(self, values: torch.Tensor) -> torch.Tensor:
        """Frames made from the codes alone, (B, T, 58)."""
        parts = [q.plain(values[..., n, : q.dim]) for n, q in enumerate(self.quantisers)]
        out = torch.cat(parts, -1)
        inverse = torch.argsort(self.order)
        return out[..., inverse]

    def key_latents(self, values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Keyframe encoder: attends to keyframes only, (B, T, dim)."""
        x = self.positions[: mask.shape[1]].expand(mask.shape[0], -1, -1)
        for n, embed in enumerate(self.key_embed):
            m = mask[..., n : n + 1]
            x = x + m * embed(values[..., n, : embed.in_features]) + (1 - m) * self.key_blank[n]
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
        """Dense standardised motion from sparse keyframes: straight lines, and what the decoder makes of them."""
        any_key = mask.detach().amax(-1, keepdim=True)
        line = self.line(values, mask)
        h = self.transitions(mask) + any_key * self.key_latents(values, mask) + (1 - any_key) * self.blank
        return line + self.decoder_head(self.decoder_stack(h + self.line_front(line)))
