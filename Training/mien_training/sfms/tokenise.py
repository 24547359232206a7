"""Runs the tokeniser over whole tracks exactly as a stream would, so that the predictor trains on what it will see.

Each block's keyframes are those that line splitting keeps in the window that ends with the block (a better choice
than the learned chooser's at study size, and spread out where the chooser's top k crowd); the history is the displayed one: inpainted,
clamped, cross-faded, with every block's last frame anchored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..data import mirror_values
from .channels import CHEEK, SMILE, SpeakerFeatures
from .dataset import Talk
from .stream import Window


@dataclass
class Tokenised:
    """Tracks as a stream saw them, with 40 frames of neutral face and absent speaker put before (N, 40 + T, …)."""

    frames: np.ndarray  # displayed, standardised
    extras: np.ndarray  # running means of smile and cheek
    tokens: np.ndarray  # with anchors, what the history holds
    targets: np.ndarray  # what the predictor should emit, frame by frame
    speaker: np.ndarray  # features of the partner


@torch.no_grad()
def stream_tokens(tokeniser, faces: np.ndarray, progress=lambda n: n) -> Tokenised:
    """``faces`` (N, T, 58), T a multiple of 8; the speaker part is filled by ``tokenise``."""
    x = tokeniser.standardise(torch.from_numpy(faces))
    count, total, _ = x.shape
    window = Window(tokeniser, count)
    past, hop = window.past, window.hop
    padded = torch.cat([window.frames, x], 1)
    frames, extras, tokens, targets = [window.frames.clone()], [window.extras.clone()], [], []
    for block in progress(range(total // hop)):
        window.anchor()
        tokens.append(window.tokens[:, -hop:].clone() if block else window.tokens.clone())
        truth = padded[:, block * hop : block * hop + past + hop]
        mask = tokeniser.teacher(truth, tokeniser.k).transpose(1, 2)[:, past:]
        codes = tokeniser.fsq.index(tokeniser.quantise(truth[:, past:]))
        rows = torch.where(mask, codes + 1, 0)
        targets.append(rows)
        window.extend(rows)
        frames.append(window.frames[:, -hop:].clone())
        extras.append(window.extras[:, -hop:].clone())
    tokens.append(window.tokens[:, -hop:].clone())
    return Tokenised(
        torch.cat(frames, 1).numpy(), torch.cat(extras, 1).numpy(),
        torch.cat(tokens, 1).numpy().astype(np.int16),
        torch.cat([torch.zeros_like(window.tokens), *targets], 1).numpy().astype(np.int16),
        np.zeros((count, past + total, 15), np.float32),
    )


def speaker_features(sensed: np.ndarray) -> np.ndarray:
    """(N, T, 4) raw -> (N, T, 15), everything present."""
    state = SpeakerFeatures(len(sensed))
    present = np.ones((len(sensed), 4), np.float32)
    return np.stack([state.push(sensed[:, t], present) for t in range(sensed.shape[1])], 1)


def tokenise(tokeniser, talks: list[Talk], phase: int, seed: int | None, progress=lambda n: n) -> Tokenised:
    """All listeners of the talks, started ``phase`` frames late; with a seed, smiles are rescaled a little and faces
    mirrored (each person by their own draw)."""
    random = np.random.default_rng(seed)
    count = 2 * len(talks)
    gain = np.ones((count, 2)) if seed is None else np.exp(random.uniform(-0.25, 0.25, (count, 2)))
    total = (min(len(t.face[0]) for t in talks) - phase) // 8 * 8
    faces, sensed = [], []
    for n, talk in enumerate(talks):
        for side in (0, 1):
            own, partner = 2 * n + side, 2 * n + 1 - side
            face = talk.face[side][phase : phase + total].copy()
            face[:, SMILE] = np.clip(face[:, SMILE] * gain[own, 0], 0, 1)
            face[:, CHEEK] = np.clip(face[:, CHEEK] * gain[own, 1], 0, 1)
            faces.append(mirror_values(face) if seed is not None and random.random() < 0.5 else face)
            other = talk.sensed[1 - side][: phase + total].copy()
            other[:, :2] = np.clip(other[:, :2] * gain[partner], 0, 1)
            sensed.append(other)
    out = stream_tokens(tokeniser, np.stack(faces).astype(np.float32), progress)
    out.speaker[:, 40:] = speaker_features(np.stack(sensed))[:, phase:]
    return out
