"""SUHMo's three judges (spec §1.4): single frames, windows of one sequence, windows of a pair.

Windows are read by LSTMs, or, with `discriminator.kind: transformer`, by attention. The study's rows, the Transformer generator's
among them, have LSTM judges; the paper has that generator judged by Transformers. Nothing has been measured with those here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from ..run import processes
from .transformer import Attention


@dataclass(frozen=True)
class WindowSampler:
    """Draws window lengths: integers of an exponential truncated to [low, high], unique (median 14, mean 16)."""

    rate: float = 0.05
    low: int = 3
    high: int = 40
    count: int = 3

    def draw(self, random: np.random.Generator) -> list[int]:
        span = 1 - np.exp(-self.rate * (self.high + 1 - self.low))
        uniform = random.random(self.count)
        lengths = self.low - np.log1p(-uniform * span) / self.rate
        return sorted({min(int(length), self.high) for length in lengths})


def window_starts(length: int, observed: int, predicted: int) -> list[int]:
    """First frames of a length's windows, 0 being the first predicted frame: stride half a window, the first ones may
    begin among the observed frames."""
    stride = max(length // 2, 1)
    first = max(-(observed - 1), stride - length)
    return list(range(first, predicted - length + 1, stride))


class JoinedBatchNorm(nn.BatchNorm1d):
    """Batch normalisation over the rows of all processes together."""

    def forward(self, rows: Tensor) -> Tensor:
        if processes.count() == 1 or not self.training:
            return super().forward(rows)
        rows = rows.float()
        mean = processes.mean(rows.mean(dim=0))
        variance = processes.mean(((rows - mean) ** 2).mean(dim=0))
        with torch.no_grad():
            total = len(rows) * processes.count()
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * total / (total - 1), self.momentum)
            self.num_batches_tracked += 1
        return (rows - mean) * torch.rsqrt(variance + self.eps) * self.weight + self.bias


class FrameDiscriminator(nn.Module):
    """frame -> H -> H -> 1 on every generated frame."""

    def __init__(self, frame: int, hidden: int):
        super().__init__()
        self.layers = nn.Sequential(
            spectral_norm(nn.Linear(frame, hidden)),
            JoinedBatchNorm(hidden, momentum=0.5),
            nn.LeakyReLU(0.01),
            spectral_norm(nn.Linear(hidden, hidden)),
            JoinedBatchNorm(hidden, momentum=0.5),
            nn.LeakyReLU(0.01),
            spectral_norm(nn.Linear(hidden, 1)),
        )

    def forward(self, frames: Tensor) -> Tensor:
        return self.layers(frames.flatten(0, 1))


class ProjectionHead(nn.Module):
    """A(d^(-1/beta) <y, V phi> + psi(phi)): how real a window is, given what was observed before it."""

    def __init__(self, hidden: int):
        super().__init__()
        self.phi = spectral_norm(nn.Linear(hidden, 2 * hidden))
        self.psi = spectral_norm(nn.Linear(2 * hidden, 2 * hidden))
        self.v = spectral_norm(nn.Linear(2 * hidden, hidden))
        self.a = spectral_norm(nn.Linear(2 * hidden, 1))
        self.beta = nn.Parameter(torch.tensor(5.0))

    def forward(self, window: Tensor, observed: Tensor, distance: Tensor) -> Tensor:
        """window (B, S, H), observed (B, H), distance (S,) frames from the observed ones; scores (B, S)."""
        phi = torch.relu(self.phi(window))
        psi = torch.relu(self.psi(phi))
        match = (observed[:, None] * self.v(phi)).sum(dim=-1) * distance.pow(-1 / self.beta)
        return self.a(psi + match[..., None])[..., 0]


class SequenceDiscriminator(nn.Module):
    """An LSTM over windows of several lengths, scored by the projection head; joint: a pair's states are max-pooled."""

    def __init__(self, frame: int, hidden: int, joint: bool):
        super().__init__()
        self.hidden = hidden
        self.joint = joint
        self.recurrent = nn.LSTM(frame, hidden, batch_first=True)
        self.head = ProjectionHead(hidden)

    def _pool(self, h: Tensor) -> Tensor:
        """(B, ..., H) -> (B/2, ..., H) if joint."""
        return h.reshape(-1, 2, *h.shape[1:]).amax(dim=1) if self.joint else h

    def forward(self, frames: Tensor, observed: int, lengths: list[int], starts: list[list[int]]) -> Tensor:
        """frames (B, observed - 1 + predicted, F) from the second observed one on; one score a sample or pair."""
        batch = frames.shape[0]
        offset = observed - 1
        _, (condition, _) = self.recurrent(frames[:, :offset])
        condition = self._pool(condition[0])
        scores = []
        for length, begins in zip(lengths, starts):
            windows = torch.stack([frames[:, s + offset : s + offset + length] for s in begins], dim=1)
            _, (last, _) = self.recurrent(windows.flatten(0, 1))
            states = self._pool(last[0].view(batch, len(begins), self.hidden))
            distance = torch.tensor([float(max(s, 1)) for s in begins], device=frames.device)
            scores.append(self.head(states, condition, distance).mean(dim=1))
        return torch.stack(scores).mean(dim=0)


class TransformerDiscriminator(nn.Module):
    """A class token that attends to a window's frames (one post-norm block of one head), scored by the projection head; joint: a
    pair's tokens are max-pooled after attention.

    No positional encoding, as in the generator: what the spec leaves open of the block is as there. One block's token needs keys and
    values of frames alone, which are the same in all windows, so they are made once, and a window is a mask.
    """

    def __init__(self, frame: int, width: int, joint: bool):
        super().__init__()
        self.joint = joint
        self.embed = nn.Linear(frame, width)
        self.token = nn.Parameter(torch.randn(width) / width**0.5)
        self.own = Attention(width)
        self.feed_in, self.feed_out = nn.Linear(width, width), nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)
        self.head = ProjectionHead(width)

    def attended(self, frames: Tensor, seen: Tensor) -> Tensor:
        """The token after attention to those of the frames (B, T, F) that each window (S, T) sees, and to itself: (B, S, H)."""
        rows = torch.cat([self.token.expand(len(frames), 1, -1), self.embed(frames)], dim=1)
        scores = self.own.key(rows) @ self.own.query(self.token) / rows.shape[-1] ** 0.5
        hidden = torch.cat([seen.new_zeros(len(seen), 1), ~seen], dim=1)
        weight = torch.softmax(scores[:, None].masked_fill(hidden, -torch.inf), dim=2)
        return self.own.norm(self.token + self.own.out(weight @ self.own.value(rows)))

    def states(self, frames: Tensor, seen: Tensor) -> Tensor:
        """What each window is, (B, S, H), or, joint, (B/2, S, H)."""
        z = self.attended(frames, seen)
        if self.joint:
            z = z.view(-1, 2, *z.shape[1:]).amax(dim=1)
        return self.norm(z + self.feed_out(nn.functional.leaky_relu(self.feed_in(z), 0.2)))

    def forward(self, frames: Tensor, observed: int, lengths: list[int], starts: list[list[int]]) -> Tensor:
        """As `SequenceDiscriminator.forward`."""
        offset, t = observed - 1, torch.arange(frames.shape[1], device=frames.device)
        spans = [(0, offset)] + [(s + offset, s + offset + length) for length, begins in zip(lengths, starts) for s in begins]
        states = self.states(frames, torch.stack([(first <= t) & (t < end) for first, end in spans]))
        distance = torch.tensor([float(max(s, 1)) for begins in starts for s in begins], device=frames.device)
        scores = self.head(states[:, 1:], states[:, 0], distance).split([len(begins) for begins in starts], dim=1)
        return torch.stack([score.mean(dim=1) for score in scores]).mean(dim=0)


class Discriminators(nn.Module):
    """The three judges together; `frame` numbers a frame (the paper: 408, positions, velocities and accelerations). `kind` says
    what reads windows: `lstm`, `hidden` wide, or `transformer`, `embedding` wide."""

    def __init__(self, frame: int, hidden: int, kind: str = "lstm", embedding: int = 128):
        super().__init__()
        if kind not in ("lstm", "transformer"):
            raise ValueError(f"discriminator.kind is {kind!r}, expected lstm or transformer")
        reader, width = (SequenceDiscriminator, hidden) if kind == "lstm" else (TransformerDiscriminator, embedding)
        self.frame = FrameDiscriminator(frame, hidden)
        self.sequence = reader(frame, width, joint=False)
        self.joint = reader(frame, width, joint=True)

    def forward(
        self, frames: Tensor, observed: int, lengths: list[int], starts: list[list[int]], judges: list[str]
    ) -> dict[str, Tensor]:
        """Scores by judge; the frame judge sees the predicted frames only."""
        scores = {}
        for name in judges:
            if name == "frame":
                scores[name] = self.frame(frames[:, observed - 1 :])
            else:
                scores[name] = getattr(self, name)(frames, observed, lengths, starts)
        return scores


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    return torch.relu(1 - real).mean() + torch.relu(1 + fake).mean()


def hinge_generator(fake: Tensor) -> Tensor:
    return -fake.mean()
