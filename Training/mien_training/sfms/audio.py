"""The speaker's sound beside the face, where a set has it: a third stream of the speaker encoder (spec/papers.md §2.3).

A frame of sound is as many columns as the configuration says (``audio.features``): four log-mel columns of
``mien_training.sound``, which Mien hears live, or a set's own (REACT's wav2vec2, Learning2Listen's mel). A causal
convolution makes a token of every ``audio.patch`` frames; each layer is self-attention, then gated cross-attention both ways
with the face: the sum of its two streams asks and is asked, and what it finds goes to each by a gate. Every frame says whether it was heard. What was not heard is nowhere read: a window without sound gives bit for bit
what the network without this stream gives. Twin: ``Sources/Motion/SFMS/AudioStream.swift``.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from .layers import GatedCross, positions


def columns(c) -> int:
    """Columns of a frame's sound that a predictor's configuration asks for; 0: it has no ear."""
    features = getattr(getattr(c, "audio", None), "features", 0)
    return features if isinstance(features, int) else 0


def blocks(flags: torch.Tensor, size: int) -> torch.Tensor:
    """Which tokens hold at least one flagged frame, (B, T) -> (B, T / size)."""
    return flags.unflatten(1, (-1, size)).any(-1)


class Scale(nn.Module):
    """x · weight + bias, set from the training part's mean and deviation, not by gradients."""

    def __init__(self, features: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features), requires_grad=False)
        self.bias = nn.Parameter(torch.zeros(features), requires_grad=False)

    @torch.no_grad()
    def fit(self, mean: torch.Tensor, deviation: torch.Tensor) -> None:
        self.weight.copy_(1 / deviation.clamp(min=1e-4))
        self.bias.copy_(-mean * self.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weight + self.bias


class SoundRing:
    """The last 40 frames of sound of a batch of streams; a frame with a number that is not finite was not heard."""

    def __init__(self, streams: int, past: int, features: int):
        self.sound = torch.zeros(streams, past, features)
        self.heard = torch.zeros(streams, past, dtype=torch.bool)

    def push(self, sound: np.ndarray | None) -> None:
        """``sound`` (streams, features), or nothing."""
        new = torch.full_like(self.sound[:, 0], float("nan")) if sound is None else torch.from_numpy(sound).float()
        there = new.isfinite().all(-1)
        new = torch.where(there[:, None], new, 0)
        self.sound = torch.cat([self.sound[:, 1:], new[:, None]], 1)
        self.heard = torch.cat([self.heard[:, 1:], there[:, None]], 1)


class AudioStream(nn.Module):
    def __init__(self, c, past: int):
        super().__init__()
        self.features = columns(c)
        self.patch, self.kernel = c.audio.patch, c.audio.kernel
        self.repeats = self.patch // c.patch  # tokens of the face beside one of sound
        if self.patch % c.patch or past % self.patch:
            raise ValueError(f"audio.patch is {self.patch}, expected a multiple of {c.patch} that divides {past}")
        if self.kernel < self.patch:
            raise ValueError(f"audio.kernel is {self.kernel}, expected at least audio.patch, {self.patch}")
        if not 1 <= c.audio.layers <= c.speaker_layers:
            raise ValueError(f"audio.layers is {c.audio.layers}, expected 1 to speaker_layers, {c.speaker_layers}")
        self.first = c.speaker_layers - c.audio.layers  # layer of the face that the sound's first one goes with
        self.scale = Scale(self.features)
        self.front = nn.Conv1d(self.features + 1, c.dim, self.kernel, self.patch)
        self.back = nn.Linear(c.dim, c.dim)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(c.dim, c.heads, c.ff, c.dropout, "gelu", batch_first=True, norm_first=True)
            for _ in range(c.audio.layers)
        )
        self.to_face = nn.ModuleList(GatedCross(c.dim, c.heads, c.dropout, gates=2) for _ in range(c.audio.layers))
        self.from_face = nn.ModuleList(GatedCross(c.dim, c.heads, c.dropout) for _ in range(c.audio.layers))
        self.merge = nn.Linear(c.dim, c.dim)
        self.gate = nn.Parameter(torch.zeros(1))
        self.register_buffer("positions", positions(past // self.patch, c.dim), persistent=False)

    def begin(self, sound: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        """Sound (B, 40, features) and which frames of it were heard (B, 40) -> (B, 40 / audio.patch, dim)."""
        there = heard[..., None]
        z = torch.cat([torch.where(there, self.scale(sound), 0), there.to(self.merge.weight.dtype)], -1)
        z = nn.functional.pad(z.transpose(1, 2), (self.kernel - self.patch, 0))
        return self.back(nn.functional.gelu(self.front(z)).transpose(1, 2)) + self.positions

    def layer(self, index: int, x, y, z, seen: torch.Tensor, heard: torch.Tensor):
        """Expression, body and sound after a layer of the face; ``seen`` and ``heard`` say which tokens may be read. The
        sound takes part in the last ``audio.layers``."""
        index -= self.first
        if index < 0:
            return x, y, z
        z = self.layers[index](z, src_key_padding_mask=~(heard | ~heard.any(1, keepdim=True)))
        face, cross = x + y, self.to_face[index]
        found = cross.find(face, z, heard)
        return x + cross.alpha[0] * found, y + cross.alpha[1] * found, self.from_face[index](z, face, seen)

    def end(self, z: torch.Tensor, heard: torch.Tensor) -> torch.Tensor:
        """What is added to the speaker's tokens."""
        return self.gate * torch.where(heard[..., None], self.merge(z), 0).repeat_interleave(self.repeats, 1)
