"""Lifts a conversation's four measured columns to 58 face channels, in the open.

Real: mouthSmile (AU12 / 5, both sides) and cheekSquint (AU06 / 5, both sides). Lifted: everything else, by retrieval of
real segments. Head rotation and translation come from segments whose speed rises and falls as the person's own motion
energy does (both as ranks, within the recording and within the library); eyes, brows, jaw and the rest of the mouth
from segments of faces chosen the same way. Joints are cross-faded over half a second. What is learned from lifted
channels is how such motion moves, not when a listener would choose it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.stats import rankdata

from ..data import INDEX, Track, mirror_values
from .channels import CHEEK, SMILE

BLINK = [INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]]
FADE = 12
ENVELOPE_SIGMA = 10.0
CANDIDATES = 96


@dataclass
class Library:
    """Tracks end to end with the rank of their speed at each frame; ``starts`` are frames a segment may begin at."""

    values: np.ndarray
    rank: np.ndarray
    end: np.ndarray
    longest: int

    @staticmethod
    def build(tracks: list[np.ndarray], weights: np.ndarray) -> "Library":
        """``tracks`` (T, C) each; the speed is the norm of the weighted channels' differences."""
        tracks = [t for t in tracks if len(t) >= 50]
        speed, end, at = [], [], 0
        for t in tracks:
            d = np.linalg.norm(np.diff(t, axis=0, prepend=t[:1]) * weights, axis=1)
            speed.append(gaussian_filter1d(d, ENVELOPE_SIGMA))
            at += len(t)
            end.append(np.full(len(t), at))
        speed = np.concatenate(speed)
        return Library(np.concatenate(tracks), rankdata(speed) / len(speed), np.concatenate(end), max(map(len, tracks)))

    def compose(self, envelope: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Motion as long as ``envelope`` (ranks in 0…1) whose speed rank follows it."""
        total = len(envelope)
        out = np.zeros((total + 200, self.values.shape[1]), np.float32)
        spread = self.values.std(0) + 1e-6
        at, last = 0, None
        while at < total:
            length = int(random.integers(50, 110))
            starts = random.integers(0, len(self.values), CANDIDATES)
            starts = starts[self.end[starts] - starts >= 50]
            if len(starts) == 0:
                continue
            costs = []
            for start in starts:
                n = min(length, self.end[start] - start, total - at)
                mismatch = np.abs(self.rank[start : start + n] - envelope[at : at + n]).mean()
                jump = 0.0 if last is None else np.abs((self.values[start] - last) / spread).mean()
                costs.append(mismatch + 0.15 * jump)
            start = starts[int(np.argmin(costs))]
            segment = self.values[start : min(start + length, self.end[start])]
            if last is None:
                out[: len(segment)] = segment
            else:
                share = 0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE) + 0.5) / FADE)
                out[at : at + FADE] += share[:, None] * (segment[:FADE] - out[at : at + FADE])
                out[at + FADE : at + len(segment)] = segment[FADE:]
            last = segment[-FADE]
            at += len(segment) - FADE
        return out[:total]


def relative(values: np.ndarray) -> np.ndarray:
    """Coefficients above the subject's own rest (a fifth of the frames lie below it)."""
    return np.clip(values - np.percentile(values, 20, axis=0), 0, 1)


class Lifter:
    """Both libraries: faces without smile and cheek (and mirrored), heads."""

    face = [i for i in range(52) if i not in SMILE + CHEEK]
    #: Acted and puppeteered takes are scaled towards the size of conversation; blinks are not.
    face_scale = {"clips": 0.7, "livelink": 0.4}
    head_scale = {"signs": 1.0, "clips": 1.0, "moves": 0.4}

    def __init__(self, tracks: list[Track]):
        heads, faces = [], []
        for track in tracks:
            for values in (track.values, mirror_values(track.values)):
                if track.source in self.head_scale:
                    head = values[:, 52:] - np.median(values[:, 52:], axis=0)
                    heads.append(head * self.head_scale[track.source])
                if track.source in self.face_scale:
                    scale = np.full(len(self.face), self.face_scale[track.source], np.float32)
                    scale[[self.face.index(i) for i in BLINK]] = 1
                    faces.append(relative(values[:, self.face]) * scale)
        self.heads = Library.build(heads, np.array([1, 1, 1, 3, 3, 3], np.float32))
        self.faces = Library.build(faces, np.ones(len(self.face), np.float32))

    def lift(self, person: Track, seed: int) -> np.ndarray:
        """The person's 58 channels, (T, 58): smile and cheek as measured, the rest retrieved."""
        random = np.random.default_rng(seed)
        envelope = gaussian_filter1d(np.log1p(person.extra["motion_energy"]), ENVELOPE_SIGMA)
        envelope = rankdata(envelope) / len(envelope)
        values = person.values.copy()
        values[:, self.face] = self.faces.compose(envelope, random)
        values[:, 52:] = self.heads.compose(envelope, random)
        return values.astype(np.float32)


def sensed(person: Track) -> np.ndarray:
    """The four measured columns, (T, 4): smile, cheek, motion energy, gaze region."""
    return np.stack(
        [
            person.values[:, SMILE].mean(1), person.values[:, CHEEK].mean(1),
            person.extra["motion_energy"], person.extra["gaze_region"],
        ],
        1,
    ).astype(np.float32)
