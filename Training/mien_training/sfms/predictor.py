"""The predictor: 40 frames of listener and speaker to the next 8 rows of tokens (spec/papers.md §2.3).

Three departures, repeated in the model card. The recordings have no audio, so the two cross-attending speaker streams
are expression and body; a set that has it adds a third (``mien_training.sfms.audio``). Rows are decoded one after the other, each seeing the row before: rows drawn side by side from
a calibrated distribution would be eight different futures. A history token covers ``patch`` frames.
"""

from __future__ import annotations

import torch
from torch import nn

from .audio import AudioStream, blocks, columns
from .calibration import Calibration
from .channels import BODY_FEATURES, EXPRESSION_FEATURES, GROUPS, LISTENER_EXTRAS
from .layers import GatedCross, Stack, positions
from .response import Response


#: The columns of a speaker's features that say what of the face was seen.
HAS = [i for i, name in enumerate(EXPRESSION_FEATURES + BODY_FEATURES) if name.startswith("has_")]


def patches(x: torch.Tensor, size: int) -> torch.Tensor:
    """Neighbouring frames side by side, (B, T, C) -> (B, T / size, size·C)."""
    return x.unflatten(1, (-1, size)).flatten(2)


class SpeakerEncoder(nn.Module):
    """Two streams (expression, body), or three with sound; each layer is self-attention, then gated cross-attention both
    ways."""

    def __init__(self, c, past: int):
        super().__init__()
        self.patch = c.patch
        self.expression_front = nn.Linear(c.patch * len(EXPRESSION_FEATURES), c.dim)
        self.body_front = nn.Linear(c.patch * len(BODY_FEATURES), c.dim)
        make = lambda: nn.TransformerEncoderLayer(  # noqa: E731
            c.dim, c.heads, c.ff, c.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.expression_layers = nn.ModuleList(make() for _ in range(c.speaker_layers))
        self.body_layers = nn.ModuleList(make() for _ in range(c.speaker_layers))
        self.to_expression = nn.ModuleList(GatedCross(c.dim, c.heads, c.dropout) for _ in range(c.speaker_layers))
        self.to_body = nn.ModuleList(GatedCross(c.dim, c.heads, c.dropout) for _ in range(c.speaker_layers))
        self.merge = nn.Linear(2 * c.dim, c.dim)
        self.audio = AudioStream(c, past) if columns(c) else None
        self.register_buffer("positions", positions(past // c.patch, c.dim), persistent=False)

    def forward(
        self, features: torch.Tensor, sound: torch.Tensor | None = None, heard: torch.Tensor | None = None
    ) -> torch.Tensor:
        """(B, 40, 15), with an ear also sound (B, 40, columns) and which frames were heard (B, 40)
        -> (B, 40 / patch, dim)."""
        split = len(EXPRESSION_FEATURES)
        hears = self.audio is not None and sound is not None
        if self.audio is not None:
            seen = (features[..., HAS] > 0).any(-1)
            features = torch.where(seen[..., None], features, 0)
        if hears:
            seen, tokens_heard = blocks(seen, self.patch), blocks(heard, self.audio.patch)
            z = self.audio.begin(sound, heard)
        x = self.expression_front(patches(features[..., :split], self.patch)) + self.positions
        y = self.body_front(patches(features[..., split:], self.patch)) + self.positions
        for index, (own_x, own_y, cross_x, cross_y) in enumerate(
            zip(self.expression_layers, self.body_layers, self.to_expression, self.to_body)
        ):
            x, y = own_x(x), own_y(y)
            x, y = cross_x(x, y), cross_y(y, x)
            if hears:
                x, y, z = self.audio.layer(index, x, y, z, seen, tokens_heard)
        out = self.merge(torch.cat([x, y], -1))
        return out + self.audio.end(z, tokens_heard) if hears else out


class Predictor(nn.Module):
    def __init__(self, config, codes: int = 240, past: int = 40, hop: int = 8, groups: int = len(GROUPS)):
        """``codes`` and ``groups``: as many as its tokeniser has, of each group and of them."""
        super().__init__()
        c = config
        self.is_sequential = c.rows == "sequential"
        self.codes, self.past, self.hop, self.count = codes, past, hop, groups
        self.speaker = SpeakerEncoder(c, past)
        self.patch = c.patch
        self.motion_front = nn.Linear(c.patch * (58 + len(LISTENER_EXTRAS)), c.dim)
        self.token_front = nn.Linear(c.patch * c.dim, c.dim)
        self.token_embed = nn.Embedding(self.count * (1 + codes), c.dim)
        nn.init.normal_(self.token_embed.weight, std=0.05)
        self.listener_stack = Stack(c.dim, c.heads, c.ff, c.listener_layers, c.dropout)
        self.segment = nn.Parameter(torch.randn(2, c.dim) * 0.02)
        self.fusion_stack = Stack(c.dim, c.heads, c.ff, c.fusion_layers, c.dropout)
        self.queries = nn.Parameter(torch.randn(hop, c.dim) * 0.5)
        self.decoder_layers = nn.ModuleList(
            nn.TransformerDecoderLayer(c.dim, c.heads, c.ff, c.dropout, "gelu", batch_first=True, norm_first=True)
            for _ in range(c.decoder_layers)
        )
        self.decoder_norm = nn.LayerNorm(c.dim)
        self.head = nn.Linear(c.dim, self.count * (1 + codes))
        self.response = Response()
        self.calibration = Calibration()
        self.register_buffer("rest", torch.zeros(58), persistent=False)  # the face that a listener begins with
        self.register_buffer("positions", positions(past // c.patch, c.dim), persistent=False)
        self.register_buffer("group_offset", torch.arange(self.count) * (1 + codes), persistent=False)
        self.register_buffer("future", torch.triu(torch.full((hop, hop), float("-inf")), 1), persistent=False)

    def embed_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Sum over groups of the tokens' embeddings; tokens (..., G), 0 = transition, 1 + code = keyframe."""
        return self.token_embed(tokens + self.group_offset).sum(-2)

    def encode_listener(self, motion: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Standardised frames with their running means (B, 40, 62) and tokens (B, 40, G) -> (B, 40 / patch, dim)."""
        motion = self.motion_front(patches(motion, self.patch))
        return self.listener_stack(motion + self.token_front(patches(self.embed_tokens(tokens), self.patch)) + self.positions)

    def fuse(self, listener: torch.Tensor, speaker: torch.Tensor) -> torch.Tensor:
        """Both along time, with segment and position, (B, 2·40 / patch, dim)."""
        joint = torch.cat([listener + self.segment[0], speaker + self.segment[1]], 1)
        return self.fusion_stack(joint + torch.cat([self.positions, self.positions]))

    def decode(self, memory: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """Logits (B, n, G, 1 + codes) of the first n rows; ``before`` (B, n, G) are the tokens one row earlier,
        which a predictor of all rows at once does not read."""
        n = before.shape[1]
        h = self.queries[:n].expand(len(memory), -1, -1)
        mask = None
        if self.is_sequential:
            h, mask = h + self.embed_tokens(before), self.future[:n, :n].to(h.dtype)
        for layer in self.decoder_layers:
            h = layer(h, memory, tgt_mask=mask)
        return self.head(self.decoder_norm(h)).unflatten(-1, (self.count, 1 + self.codes))

    def forward(self, motion, tokens, speaker, targets, sound=None, heard=None):
        """Teacher-forced logits of all rows."""
        memory = self.fuse(self.encode_listener(motion, tokens), self.speaker(speaker, sound, heard))
        before = torch.cat([tokens[:, -1:], targets[:, :-1]], 1)
        return self.decode(memory, before)
