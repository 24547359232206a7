"""Turns whole tracks into tokens and displayed frames as a stream would show them, for the predictor to train on.

Keyframes come from line splitting rather than from the learned chooser, whose top k crowds together at study size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.signal import lfilter

from ..data import mirror_values
from .channels import CHEEK, FAST, SLOW, SMILE, SpeakerFeatures
from .dataset import Talk


@dataclass
class Tokenised:
    """Tracks as a stream saw them, with 40 frames of neutral face and absent speaker put before (N, 40 + T, …)."""

    frames: np.ndarray  # displayed, standardised
    extras: np.ndarray  # running means of smile and cheek
    tokens: np.ndarray  # with anchors, what the history holds
    targets: np.ndarray  # what the predictor should emit, frame by frame
    speaker: np.ndarray  # features of the partner


@torch.no_grad()
def block_keyframes(tokeniser, frames: torch.Tensor, past: int, hop: int, progress=lambda n: n) -> torch.Tensor:
    """Keyframes (N, T, G) of padded standardised frames (N, past + T, 58): for each block those that line splitting
    keeps in the window that ends with the block."""
    windows = frames.unfold(1, past + hop, hop).transpose(2, 3)  # (N, blocks, window, 58)
    rows = []
    for track in progress(windows):
        mask = tokeniser.teacher(track, tokeniser.k).transpose(1, 2)[:, past:]
        rows.append(mask.flatten(0, 1))
    return torch.stack(rows)


@torch.no_grad()
def stream_tokens(tokeniser, faces: np.ndarray, progress=lambda n: n) -> Tokenised:
    """``faces`` (N, T, 58), T a multiple of 8; the speaker part is filled by ``tokenise``.

    Within a block the displayed motion is the straight lines from the anchor through the block's keyframes, held after
    the last: what the stream shows but for the decoder's small correction. An anchor re-encodes what is shown, which
    is the newest keyframe's code.
    """
    x = tokeniser.standardise(torch.from_numpy(faces))
    count, total, _ = x.shape
    past, hop, groups = 40, 8, len(tokeniser.groups)
    neutral = tokeniser.standardise(torch.zeros(58))
    padded = torch.cat([neutral.expand(count, past, 58), x], 1)
    mask = block_keyframes(tokeniser, padded, past, hop, progress)
    mask = torch.cat([torch.zeros(count, past, groups, dtype=torch.bool), mask], 1)
    rest = tokeniser.fsq.index(tokeniser.quantise(neutral[None]))[0]
    codes = torch.stack([tokeniser.fsq.index(tokeniser.quantise(track)) for track in padded])
    codes[:, past - 1] = rest
    targets = torch.where(mask, codes + 1, 0)
    mask[:, past - 1] = True
    time = torch.arange(past + total)
    newest = torch.where(mask, time[None, :, None], 0).cummax(1).values
    held = codes.gather(1, newest)  # code of the newest keyframe at each frame
    ends = (time % hop == hop - 1)[None, :, None] & (time >= past - 1)[None, :, None]
    mask = mask | ends
    codes = torch.where(mask, held, 0)
    before = torch.where(mask, time[None, :, None], past - 1).cummax(1).values
    # The next keyframe of the same block; none after the last but for the anchor, which repeats it.
    big = past + total
    after = torch.where(mask, time[None, :, None], big).flip(1).cummin(1).values.flip(1)
    after = torch.where(after >= big, before, after)
    share = (time[None, :, None] - before).float() / (after - before).clamp(min=1)
    channel = tokeniser.channel_group
    frames = []
    for n in range(count):
        plain = tokeniser.plain(tokeniser.fsq.value(codes[n]))
        low, high = (plain.gather(0, index[n][:, channel]) for index in (before, after))
        frames.append(low + share[n][:, channel] * (high - low))
    frames = torch.stack(frames)
    frames[:, : past] = neutral
    natural = frames * tokeniser.std + tokeniser.mean
    natural[..., :52] = natural[..., :52].clamp(0, 1)
    frames = tokeniser.standardise(natural)
    smile, cheek = natural[..., SMILE].mean(-1).numpy(), natural[..., CHEEK].mean(-1).numpy()
    means = [lfilter([rate], [1, rate - 1], v, axis=1) for v in (smile, cheek) for rate in (FAST, SLOW)]
    return Tokenised(
        frames.numpy(), np.stack(means, -1).astype(np.float32), torch.where(mask, codes + 1, 0).numpy().astype(np.int16),
        targets.numpy().astype(np.int16), np.zeros((count, past + total, 15), np.float32),
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
