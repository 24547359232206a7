"""The block-causal stream (spec/papers.md §2.4): the twin of ``Sources/Motion/SFMS/SFMS+Stream.swift``.

Every ``kept`` frames: predict 8 rows of tokens from 40 frames of listener and speaker, inpaint the 48-frame window, keep
the first ``kept`` of its last 8 frames. The rows beyond are drawn again by the next block. The last displayed frame is a keyframe of every window, and its distance to the new decoding fades over
3 frames. Many streams run side by side; each has its own seed, so what one draws does not depend on the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..counter_random import CounterRandom
from .audio import SoundRing
from .channels import CHEEK, FAST, SLOW, SMILE, SpeakerFeatures, head_groups, smile_groups

STALE = 25  # frames between the two responses whose difference is the change of the speaker
HEAD_RATE = 0.25  # of the two one-pole filters that the shown head pose passes: codes are coarse, a head has mass
FADE = (0.75, 0.5, 0.25)
KEPT = 4  # frames from block to block


@dataclass
class Sampling:
    temperature: float = 1.0
    nucleus: float = 1.0
    other_temperature: float = 1.0  # the same for every group without the smile
    other_nucleus: float = 1.0
    response_gain: float = 0.0  # of the tilt of the smile's logits by the linear response
    change_gain: float = 0.0  # of the response's change over the last second, beside the response itself
    # Temperatures of which code a keyframe has, beside the group's own; whether there is one stays as likely as it is.
    other_code_temperature: float = 1.0  # of the face's groups without the smile
    head_code_temperature: float = 1.0  # of the groups of the head's pose


def running_means(face: torch.Tensor) -> torch.Tensor:
    """The listener's running means of smile and cheek (4,) after a face (58,) that was held for long."""
    return torch.stack([face[SMILE].mean(), face[SMILE].mean(), face[CHEEK].mean(), face[CHEEK].mean()])


class Window:
    """Rings of a batch of listeners: displayed frames, tokens, running means. They begin at the face ``rest`` (58,)."""

    def __init__(self, tokeniser, streams: int, past: int = 40, kept: int = KEPT, rest: torch.Tensor | None = None):
        self.tokeniser, self.past, self.kept = tokeniser, past, kept
        rest = torch.zeros(58) if rest is None else rest
        self.frames = tokeniser.standardise(rest).expand(streams, past, 58).clone()
        self.tokens = torch.zeros(streams, past, len(tokeniser.groups), dtype=torch.long)
        self.extras = running_means(rest).expand(streams, past, 4).clone()

    def anchor(self):
        """Makes the last displayed frame a keyframe, re-encoding what is shown."""
        codes = self.tokeniser.index(self.tokeniser.quantise(self.frames[:, -1]))
        last = self.tokens[:, -1]
        self.tokens[:, -1] = torch.where(last == 0, codes + 1, last)

    def extend(self, rows: torch.Tensor) -> torch.Tensor:
        """Inpaints with the new rows of tokens and returns the frames that are kept, in natural units."""
        tokens = torch.cat([self.tokens, rows], 1)
        mask = (tokens > 0).float()
        values = self.tokeniser.value((tokens - 1).clamp(min=0))
        dense = self.tokeniser.inpaint(values, mask)
        new = dense[:, self.past : self.past + self.kept].clone()
        gap = self.frames[:, -1] - dense[:, self.past - 1]
        for step, share in enumerate(FADE[: self.kept]):
            new[:, step] += share * gap
        natural = new * self.tokeniser.std + self.tokeniser.mean
        natural[..., :52] = natural[..., :52].clamp(0, 1)
        new = self.tokeniser.standardise(natural)
        extras = [self.extras[:, -1]]
        for step in range(self.kept):
            smile, cheek = natural[:, step, SMILE].mean(-1), natural[:, step, CHEEK].mean(-1)
            value = torch.stack([smile, smile, cheek, cheek], -1)
            rate = torch.tensor([FAST, SLOW, FAST, SLOW])
            extras.append(extras[-1] + rate * (value - extras[-1]))
        self.frames = torch.cat([self.frames, new], 1)[:, self.kept :]
        self.tokens = tokens[:, self.kept : self.kept + self.past]
        self.extras = torch.cat([self.extras, torch.stack(extras[1:], 1)], 1)[:, self.kept :]
        return natural

    def motion(self) -> torch.Tensor:
        return torch.cat([self.frames, self.extras], -1)


def temper(logits: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """Logits (N, G, 1 + codes) with those of the codes at temperatures (G, 1) of their own: which code a keyframe has, not whether
    there is one. At one temperature for both a calm face would have keyframes at the ends of blocks alone."""
    own = logits[..., 1:]
    cooled = own / codes
    cooled = cooled + own.logsumexp(-1, keepdim=True) - cooled.logsumexp(-1, keepdim=True)
    return torch.cat([logits[..., :1], torch.where(codes == 1, own, cooled)], -1)


def draw(logits: torch.Tensor, uniform: np.ndarray, sampling: Sampling, groups: list[list[int]]) -> torch.Tensor:
    """Tokens (N, G) of groups of channels from logits (N, G, 1 + codes) and uniforms (N, G): many
    ``mien_training.sampling.sample`` at once."""
    count, smiles = len(groups), smile_groups(groups)
    temperature = torch.full((count, 1), sampling.other_temperature)
    nucleus = torch.full((count, 1), sampling.other_nucleus)
    temperature[smiles], nucleus[smiles] = sampling.temperature, sampling.nucleus
    codes = torch.full((count, 1), sampling.other_code_temperature)
    codes[head_groups(groups)], codes[smiles] = sampling.head_code_temperature, 1
    logits = temper(logits / temperature, codes)
    probability, order = torch.softmax(logits, -1).sort(dim=-1, descending=True, stable=True)
    cumulative = probability.cumsum(-1)
    kept = (cumulative - probability < nucleus).sum(-1, keepdim=True)
    target = torch.from_numpy(uniform)[..., None] * cumulative.gather(-1, kept - 1)
    place = torch.minimum((cumulative <= target).sum(-1, keepdim=True), kept - 1)
    return order.gather(-1, place)[..., 0]


def shipped_sampling(config) -> Sampling:
    """The configuration's sampling."""
    return Sampling(**vars(config.sampling))


def smile_levels(tokeniser) -> dict[int, torch.Tensor]:
    """Of each group that holds the smile: the standardised smile, the mean of the sides in it, that its codes decode to,
    (codes,)."""
    out = {}
    for n in smile_groups(tokeniser.groups):
        group, quantiser = tokeniser.groups[n], tokeniser.quantisers[n]
        frames = quantiser.plain(quantiser.code.value(torch.arange(quantiser.code.size)))
        out[n] = frames[:, [group.index(channel) for channel in SMILE if channel in group]].mean(-1)
    return out


def tilt(logits: torch.Tensor, response: torch.Tensor, levels: torch.Tensor) -> torch.Tensor:
    """Logits (N, 1 + codes) with keyframes favoured by response · (their smile − the expected keyframe's smile)."""
    expected = (torch.softmax(logits[:, 1:], -1) * levels).sum(-1, keepdim=True)
    out = logits.clone()
    out[:, 1:] += response[:, None] * (levels - expected)
    return out


class Stream:
    """A batch of listeners with one predictor; ``next`` takes one frame of what is sensed and gives one frame."""

    def __init__(self, tokeniser, predictor, seeds: list[int], sampling: Sampling, kept: int = KEPT, shows: bool = True):
        """``shows``: frames as they are shown, not as they are drawn."""
        self.predictor, self.sampling, self.seeds = predictor, sampling, seeds
        self.window = Window(tokeniser, len(seeds), kept=kept, rest=predictor.rest)
        self.features = SpeakerFeatures(len(seeds))
        self.speaker = np.zeros((len(seeds), self.window.past + STALE, 15), np.float32)
        audio = predictor.speaker.audio
        self.ear = SoundRing(len(seeds), self.window.past, audio.features) if audio else None
        self.levels = smile_levels(tokeniser)
        self.head = np.tile(predictor.rest[52:].numpy(), (2, len(seeds), 1))
        self.calibration = predictor.calibration if predictor.calibration.is_set and shows else None
        self.running, self.tempers = predictor.calibration.begin(len(seeds)), predictor.calibration.pick(seeds)
        self.block = 0
        self.pending: list[torch.Tensor] = []
        self.rows: list[torch.Tensor] = []

    @torch.no_grad()
    def next(self, sensed: np.ndarray, present: np.ndarray, sound: np.ndarray | None = None) -> np.ndarray:
        """``sensed``, ``present`` (streams, 4), with an ear ``sound`` (streams, columns) -> (streams, 58)."""
        if self.ear:
            self.ear.push(sound)
        self.speaker = np.concatenate([self.speaker[:, 1:], self.features.push(sensed, present)[:, None]], 1)
        if not self.pending:
            rows = self.predict()
            self.rows.append(rows)
            self.pending = list(self.window.extend(rows).unbind(1))
            self.block += 1
        frame = self.pending.pop(0).numpy().copy()
        for pole in self.head:
            pole += np.float32(HEAD_RATE) * (frame[:, 52:] - pole)
            frame[:, 52:] = pole
        return self.calibration(frame, self.running, self.tempers) if self.calibration else frame

    def predict(self) -> torch.Tensor:
        """The next 8 rows of tokens (streams, 8, G)."""
        p, s, w = self.predictor, self.sampling, self.window
        w.anchor()
        now = torch.from_numpy(self.speaker[:, -w.past :].copy())
        stale = torch.from_numpy(self.speaker[:, -w.past - STALE : -STALE].copy())
        response = p.response(now)
        response = s.response_gain * (response + s.change_gain * (response - p.response(stale)))
        heard = (self.ear.sound, self.ear.heard) if self.ear else ()
        memory = p.fuse(p.encode_listener(w.motion(), w.tokens), p.speaker(now, *heard))
        before = w.tokens[:, -1:]
        numbers = np.stack([CounterRandom(seed, "sfms").uniform(self.block, np.arange(p.hop * p.count)) for seed in self.seeds])
        for row in range(p.hop):
            logits = p.decode(memory, before)[:, -1]
            for group, levels in self.levels.items():  # both sides of a smile, where each has a group
                logits[:, group] = tilt(logits[:, group], response, levels)
            own = numbers[:, row * p.count : (row + 1) * p.count]
            before = torch.cat([before, draw(logits, own, s, w.tokeniser.groups)[:, None]], 1)
        return before[:, 1:]
