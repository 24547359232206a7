"""Turns whole tracks into tokens and displayed frames as a stream would show them, for the predictor to train on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..data import mirror_values
from .channels import CHEEK, SMILE, SpeakerFeatures
from .talk import Talk
from .stream import KEPT, Window


@dataclass
class Tokenised:
    """Tracks as a stream saw them, with 40 frames of neutral face and absent speaker put before (N, 40 + T, …)."""

    frames: np.ndarray  # displayed, standardised
    extras: np.ndarray  # running means of smile and cheek
    tokens: np.ndarray  # with anchors, what the history holds
    targets: np.ndarray  # what the predictor should emit, (N, blocks, 8, G); a block begins every ``KEPT`` frames
    speaker: np.ndarray  # features of the partner
    sound: list[np.ndarray | None] | None = None  # of the partner, (T, columns) each; not in the cache
    blocks: np.ndarray | None = None  # of each track (N,), where those of shorter tracks are filled up; None: all have as many

    def count(self, track: int) -> int:
        """How many blocks of a track are its own."""
        return self.targets.shape[1] if self.blocks is None else int(self.blocks[track])


@torch.no_grad()
def block_targets(tokeniser, track: torch.Tensor, codes: torch.Tensor, past: int, hop: int, kept: int) -> torch.Tensor:
    """The rows (blocks, hop, G) of one padded standardised track (past + T, 58) with codes (T, G): for a block every
    ``kept`` frames, the keyframes that the tokeniser places in the window that ends with the block."""
    windows = track.unfold(0, past + hop, kept).transpose(1, 2)
    mask = tokeniser.choose(windows)[:, past:] > 0
    return torch.where(mask, codes.unfold(0, hop, kept).transpose(1, 2) + 1, 0)


@torch.no_grad()
def stream_tokens(tokeniser, faces: np.ndarray, progress=lambda n: n, rest: np.ndarray | None = None) -> Tokenised:
    """``faces`` (N, T, 58), T a multiple of 8: what a stream shows and remembers that is handed their tokens block by
    block, and that began at the face ``rest`` (58,), 0 where none is given. The speaker part is filled by ``tokenise``."""
    x = tokeniser.standardise(torch.from_numpy(faces))
    count, total, _ = x.shape
    past, hop, kept = 40, 8, KEPT
    face = torch.zeros(58) if rest is None else torch.from_numpy(rest).float()
    neutral = tokeniser.standardise(face)
    targets = []
    for track in progress(x):
        codes = tokeniser.index(tokeniser.quantise(track))
        targets.append(block_targets(tokeniser, torch.cat([neutral.expand(past, 58), track]), codes, past, hop, kept))
    targets = torch.stack(targets)
    window = Window(tokeniser, count, past, kept, face)
    frames, extras, tokens = [window.frames], [window.extras], [window.tokens]
    for block in progress(targets.unbind(1)):
        window.anchor()
        tokens[-1][:, -1] = window.tokens[:, -1]
        window.extend(block)
        frames.append(window.frames[:, -kept:])
        extras.append(window.extras[:, -kept:])
        tokens.append(window.tokens[:, -kept:].clone())
    everything = lambda parts: torch.cat(parts, 1).numpy()  # noqa: E731
    return Tokenised(
        everything(frames), everything(extras).astype(np.float32), everything(tokens).astype(np.int16),
        targets.numpy().astype(np.int16), np.zeros((count, past + total, 15), np.float32),
    )


def filled_up(tracks: list[np.ndarray], last: bool = False) -> np.ndarray:
    """Tracks (T, C) of any length as (N, longest, C); shorter ones go on with nothing sensed, or with their ``last`` frame."""
    longest = max(map(len, tracks))
    more = lambda x: np.repeat(x[-1:] if last else np.full_like(x[-1:], np.nan), longest - len(x), 0)  # noqa: E731
    return np.stack([x if len(x) == longest else np.concatenate([x, more(x)]) for x in tracks])


def speaker_features(sensed: np.ndarray) -> np.ndarray:
    """(N, T, 4) raw -> (N, T, 15); what is not finite was not sensed."""
    state = SpeakerFeatures(len(sensed))
    present = np.isfinite(sensed).astype(np.float32)
    return np.stack([state.push(sensed[:, t], present[:, t]) for t in range(sensed.shape[1])], 1)


def sounds(talks: list[Talk], phase: int) -> list[np.ndarray | None]:
    """The partner's sound of every listener, in ``tokenise``'s order and beginning at its frame."""
    return [None if (own := t.sound[1 - side]) is None else own[phase:] for t in talks for side in (0, 1)]


def tokenise(
    tokeniser, talks: list[Talk], phase: int, seed: int | None, progress=lambda n: n, rest: np.ndarray | None = None,
    mirrors: bool = True,
) -> Tokenised:
    """All listeners of the talks, started ``phase`` frames late from the face ``rest`` (58,); with a seed, smiles are rescaled a
    little and faces mirrored, where they may be (each person by their own draw)."""
    random = np.random.default_rng(seed)
    count = 2 * len(talks)
    gain = np.ones((count, 2)) if seed is None else np.exp(random.uniform(-0.25, 0.25, (count, 2)))
    whole = [min(map(len, (*t.face, *t.sensed))) for t in talks]
    if min(whole) < phase + 8:
        raise ValueError(f"the shortest conversation has {min(whole)} frames, expected at least {phase + 8} for phase {phase}")
    totals = [(length - phase) // 8 * 8 for length in whole]
    faces, sensed = [], []
    for n, (talk, total) in enumerate(zip(talks, totals)):
        for side in (0, 1):
            own, partner = 2 * n + side, 2 * n + 1 - side
            face = talk.face[side][phase : phase + total].copy()
            face[:, SMILE] = np.clip(face[:, SMILE] * gain[own, 0], 0, 1)
            face[:, CHEEK] = np.clip(face[:, CHEEK] * gain[own, 1], 0, 1)
            faces.append(mirror_values(face) if seed is not None and random.random() < 0.5 and mirrors else face)
            other = talk.sensed[1 - side][: phase + total].copy()
            other[:, :2] = np.clip(other[:, :2] * gain[partner], 0, 1)
            sensed.append(other)
    out = stream_tokens(tokeniser, filled_up(faces, last=True).astype(np.float32), progress, rest)
    out.speaker[:, 40:] = speaker_features(filled_up(sensed))[:, phase:]
    out.blocks = np.repeat([(total - 8) // KEPT + 1 for total in totals], 2)
    return out
