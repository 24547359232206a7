"""Data preparation (spec §1.1): boxed landmark sequences, smoothing, velocities, augmented windows in pairs."""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor

from .config import Data

MIRRORED = np.array(
    [16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    + [26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 27, 28, 29, 30, 35, 34, 33, 32, 31]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)


@dataclass
class Sequence:
    """One person's uninterrupted landmarks (T, 68, 2), image units, 25 fps, from frame `first` of a recording on."""

    name: str
    source: str
    landmarks: np.ndarray
    recording: str = ""
    first: int = 0


def moving_average(values: np.ndarray, frames: int) -> np.ndarray:
    """Mean of each `frames` consecutive rows; the result is frames - 1 rows shorter."""
    if frames <= 1:
        return values
    total = np.cumsum(np.concatenate([np.zeros_like(values[:1]), values]), axis=0, dtype=np.float64)
    return ((total[frames:] - total[:-frames]) / frames).astype(values.dtype)


def box(landmarks: np.ndarray, margin: float = 1.1) -> np.ndarray:
    """Maps the square around all points of all frames, `margin` times its larger side, onto the unit square."""
    points = landmarks.reshape(-1, 2)
    low, high = points.min(axis=0), points.max(axis=0)
    side = margin * float((high - low).max())
    return ((landmarks - (low + high) / 2) / side + 0.5).astype(np.float32)


def prepare(landmarks: np.ndarray, settings: Data) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities (T', 136) of a boxed sequence; v[t] belongs to the way from x[t-1] to x[t]."""
    x = box(landmarks).reshape(len(landmarks), -1).astype(np.float64)
    x = moving_average(x, settings.position_smoothing)
    v = moving_average(np.diff(x, axis=0), settings.velocity_smoothing)
    smoothing = settings.velocity_smoothing
    if settings.consistent_positions:
        x = moving_average(x, smoothing)[1:]  # then x[t] - x[t-1] = v[t] exactly
    else:
        first = 1 + smoothing // 2  # a centred average
        x = x[first : first + len(v)]
    return x.astype(np.float32), v.astype(np.float32)


class Windows:
    """Random augmented windows of `observed + predicted` frames, in pairs."""

    def __init__(self, sequences: list[Sequence], settings: Data):
        self.settings = settings
        self.length = settings.observed + settings.predicted
        self.positions, self.velocities, self.heights = [], [], []
        self.recordings, self.sources, self.firsts = [], [], []
        for sequence in sequences:
            if len(sequence.landmarks) < self.length + settings.position_smoothing + settings.velocity_smoothing + 2:
                continue
            x, v = prepare(sequence.landmarks, settings)
            points = x.reshape(len(x), 68, 2)
            self.positions.append(x)
            self.velocities.append(v)
            self.heights.append(float((points[..., 1].max(axis=1) - points[..., 1].min(axis=1)).mean()))
            self.recordings.append(sequence.recording or sequence.name)
            self.sources.append(sequence.source)
            self.firsts.append(sequence.first)
        self._index()

    def _index(self) -> None:
        """Every window there is: its sequence and its first frame."""
        counts = [max(len(x) - self.length + 1, 0) for x in self.positions]
        if not sum(counts):
            raise ValueError(f"no sequence has the {self.length} frames a window needs")
        self.index = np.array([(number, start) for number, count in enumerate(counts) for start in range(count)])
        self.shares = self._shares()

    def longer(self, predicted: int) -> "Windows":
        """Windows of more frames, of the sequences that have them; these themselves where none has."""
        if max(map(len, self.positions)) < self.settings.observed + predicted:
            return self
        result = copy.copy(self)
        result.settings = replace(self.settings, predicted=predicted)
        result.length = self.settings.observed + predicted
        result._index()
        return result

    def __len__(self) -> int:
        return len(self.index)

    def tracks(self) -> list[np.ndarray]:
        """The sequences' landmarks (T, 68, 2), boxed, not augmented."""
        return [x.reshape(-1, 68, 2) for x in self.positions]

    def _shares(self) -> np.ndarray:
        """The cumulative probability of each window: sources by their weight, and in a source a recording by its number
        of windows to the power of 1 - `evenness` (0: all windows alike, 1: all recordings)."""
        source, recording = np.array(self.sources)[self.index[:, 0]], np.array(self.recordings)[self.index[:, 0]]
        share = np.ones(len(source))
        if self.settings.evenness:
            _, which, count = np.unique(recording, return_inverse=True, return_counts=True)
            share = count[which] ** -self.settings.evenness
        for name in set(self.sources):
            share[source == name] *= self.settings.sources.get(name, 1.0) / share[source == name].sum()
        return np.cumsum(share / share.sum())

    def batch(self, pairs: int, random: np.random.Generator, augment: bool = True) -> tuple[Tensor, Tensor]:
        """Positions and velocities (2 * pairs, length, 136); rows 2i and 2i+1 are a pair."""
        places = np.searchsorted(self.shares, random.random(2 * pairs), side="right")
        chosen = self.index[np.minimum(places, len(self.index) - 1)]
        if self.settings.pairing == "conversation":
            self._partners(chosen, random)
        xs = np.empty((2 * pairs, self.length, 136), np.float32)
        vs = np.empty_like(xs)
        for row, (number, start) in enumerate(chosen):
            xs[row] = self.positions[number][start : start + self.length]
            vs[row] = self.velocities[number][start : start + self.length]
            if augment:
                self._remake(xs[row], vs[row], number, start, random)
                self._augment(xs[row], vs[row], self.heights[number], random)
        if augment:  # each pair swaps its two people half of the time
            for pair in np.flatnonzero(random.random(pairs) < 0.5):
                xs[[2 * pair, 2 * pair + 1]] = xs[[2 * pair + 1, 2 * pair]]
                vs[[2 * pair, 2 * pair + 1]] = vs[[2 * pair + 1, 2 * pair]]
        return torch.from_numpy(xs), torch.from_numpy(vs)

    def _partners(self, chosen: np.ndarray, random: np.random.Generator) -> None:
        """Replaces every second window by one of the same recording at the same time, where there is one."""
        for pair in range(len(chosen) // 2):
            number, start = chosen[2 * pair]
            others = [
                (i, at)
                for i, recording in enumerate(self.recordings)
                if i != number and recording == self.recordings[number]
                and 0 <= (at := self.firsts[number] + start - self.firsts[i]) <= len(self.positions[i]) - self.length
            ]
            if others:
                chosen[2 * pair + 1] = others[random.integers(len(others))]

    def _remake(self, x: np.ndarray, v: np.ndarray, number: int, start: int, random: np.random.Generator) -> None:
        """Other people's pace and liveliness: time stretched, and the way from the take's mean face scaled; in place."""
        pace, size = self.settings.stretch, self.settings.amplitude
        track = self.positions[number]
        if pace[0] < pace[1]:
            longest = (len(track) - 2 - start) / self.length
            factor = min(random.uniform(*pace), longest)
            if factor > 0.5:
                x[:], v[:] = stretched(track, start, factor, self.length)
        if size[0] < size[1]:
            factor = random.uniform(*size)
            mean = track.mean(axis=0)
            x[:] = mean + factor * (x - mean)
            v *= factor

    def _augment(self, x: np.ndarray, v: np.ndarray, height: float, random: np.random.Generator) -> None:
        """Scale about the centre, shift inside [0, 0.99], flip; in place on one window."""
        least, most = self.settings.face_height
        scale = random.uniform(min(least / height, most), most)
        x[:] = (x - 0.5) * scale + 0.5
        v *= scale
        for axis in range(2):
            low, high = x[:, axis::2].min(), x[:, axis::2].max()
            if high - low < 0.99:
                x[:, axis::2] += random.uniform(-low, 0.99 - high)
        if random.random() < 0.5:
            flip(x, v, reindex=self.settings.reindex_flips)


def stretched(track: np.ndarray, start: int, factor: float, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions and velocities (length, C) of a track whose frames last 1 / factor as long, from frame `start` on, by
    Catmull-Rom's cubics."""
    at = start + factor * np.arange(-1, length)
    whole = np.clip(np.floor(at).astype(int), 0, len(track) - 2)
    t = (at - whole)[:, None]
    a, b, c, d = (track[np.clip(whole + lag, 0, len(track) - 1)] for lag in (-1, 0, 1, 2))
    x = b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2
    return x[1:].astype(np.float32), np.diff(x, axis=0).astype(np.float32)


def flip(x: np.ndarray, v: np.ndarray, reindex: bool) -> None:
    """Mirrors a window in place; re-indexing keeps left and right the subject's own."""
    x[:, 0::2] = 1 - x[:, 0::2]
    v[:, 0::2] = -v[:, 0::2]
    if reindex:
        for values in (x, v):
            values[:] = values.reshape(-1, 68, 2)[:, MIRRORED].reshape(len(values), 136)


@dataclass
class Statistics:
    """What real augmented frames are like: the scales of the networks' inputs, and the main modes of velocity."""

    mean: Tensor  # (136,)
    position_scale: Tensor  # (136,)
    velocity_scale: Tensor  # (136,)
    modes: Tensor  # (136, K) orthonormal, of standardised velocities
    deviation: Tensor  # (3, K) of positions, velocities and accelerations along the modes
    structure: Tensor  # (lags, K) mean squared way along the modes over each lag, in velocity deviations

    LAGS = (1, 2, 4, 8, 16, 32)

    @staticmethod
    def of(windows: Windows, modes: int, floor: float, random: np.random.Generator) -> "Statistics":
        """Of random windows, along so many modes; 0: along the 136 coordinates themselves, as the paper."""
        x, v = windows.batch(1024, random)
        position_scale = x.std(dim=(0, 1)).mean().expand(136).clone()
        velocity_scale = v.std(dim=(0, 1)).clamp_min(floor)
        standard = (v / velocity_scale).reshape(-1, 136)
        _, _, rows = torch.linalg.svd(standard.t() @ standard)
        basis = rows[:modes].t().contiguous() if modes else torch.eye(136)
        result = Statistics(
            x.mean(dim=(0, 1)), position_scale, velocity_scale, basis, torch.ones(3, basis.shape[1]), torch.ones(1),
        )
        result.deviation = torch.stack([part.std(dim=(0, 1)).clamp_min(1e-3) for part in result.amounts(x, v)])
        result.structure = result.ways(x[:, windows.settings.observed :])
        return result

    def to(self, device: torch.device) -> None:
        """Moves all of it to a device."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name).to(device))

    def amounts(self, x: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Positions, velocities, accelerations along the modes, (B, T - 1, K) from frame 1 on, not yet scaled."""
        position = ((x[:, 1:] - self.mean) / self.position_scale) @ self.modes
        speed = (v / self.velocity_scale) @ self.modes
        return position, speed[:, 1:], speed[:, 1:] - speed[:, :-1]

    def way(self, x: Tensor) -> Tensor:
        """(B, T - 1, K): the way since frame 0 along the modes, from frame 1 on, in velocity deviations."""
        return ((x[:, 1:] - x[:, :1]) / self.velocity_scale) @ self.modes / self.deviation[1]

    def ways(self, x: Tensor) -> Tensor:
        """(lags, K): the mean squared way over each lag. With all lags it is the velocity spectrum in another form."""
        along = (x / self.velocity_scale) @ self.modes / self.deviation[1]
        return torch.stack([(along[:, lag:] - along[:, :-lag]).pow(2).mean(dim=(0, 1)) for lag in self.LAGS])


def synthetic(count: int = 8, frames: int = 600, seed: int = 3) -> list[Sequence]:
    """Faces that turn and nod like low-passed noise: what the code is tested on when no recording is there."""
    random = np.random.default_rng(seed)
    shape = random.normal(scale=0.07, size=(68, 3))
    shape = (shape + shape[MIRRORED] * [-1, 1, 1]) / 2
    result = []
    for number in range(count):
        noise = random.normal(size=(frames + 50, 3))
        angles = 0.12 * moving_average(moving_average(noise, 25), 26) * 10
        yaw, pitch, roll = angles.T[:, :frames]
        cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
        x, y, z = shape.T[:, :, None]
        right = cy * x + sy * (sp * y + cp * z)
        up = cp * y - sp * z
        points = np.stack([right - roll * up, up + roll * right], axis=-1).transpose(1, 0, 2)
        image = np.stack([0.5 + 2.5 * points[..., 0], 0.5 - 2.5 * points[..., 1]], axis=-1)
        result.append(Sequence(f"synthetic{number}", "synthetic", image.astype(np.float32)))
    return result
