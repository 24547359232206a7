"""Endless idling, the reference for Swift's `SUHMo.Stream`: runs of 80 to 100 frames, each faded into the next.

Each run begins at the reference plus `carry` times the present offset from it, so that nothing can drift away and no
regular return to the neutral pose shows. All but the first begin at a face drawn around that, in motion, where the model has
a distribution of such (`starts.fit`): a face at rest in front of the camera is seldom in the data, and runs from there are
slow. All draws are `CounterRandom(seed, "suhmo", stream=number of the run)`, frame 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..counter_random import CounterRandom
from .config import Idle
from .data import MIRRORED
from .generator import Generator, State
from .transformer import TransformerState

DRAWS = 10  # length; height A, B; shift x, y; flip; velocity A x, y; velocity B x, y


def _points(flat: np.ndarray) -> np.ndarray:
    return flat.reshape(68, 2)


@dataclass
class Placement:
    """A similarity between image units and the network's: x_network = (x_image - centre) * scale + 0.5 + shift."""

    centre: np.ndarray
    scale: np.float32
    shift: np.ndarray
    flip: bool = False

    def to_network(self, image: np.ndarray) -> np.ndarray:
        points = (_points(image) - self.centre) * self.scale + np.float32(0.5) + self.shift
        if self.flip:
            points[:, 0] = 1 - points[:, 0]
            points = points[MIRRORED]
        return points.reshape(-1)

    def velocity_to_network(self, velocity: np.ndarray) -> np.ndarray:
        points = _points(velocity) * self.scale
        if self.flip:
            points[:, 0] = -points[:, 0]
            points = points[MIRRORED]
        return points.reshape(-1)

    def to_image(self, network: np.ndarray) -> np.ndarray:
        """Sample A only, which is never flipped or shifted."""
        return ((_points(network) - np.float32(0.5)) / self.scale + self.centre).reshape(-1)


class Run:
    """One pair from its start on."""

    def __init__(
        self, model: Generator, settings: Idle, draws: np.ndarray, reference: np.ndarray, x: np.ndarray, v: np.ndarray,
        cheap: bool = False,
    ):
        points = _points(reference)
        low, high = points.min(axis=0), points.max(axis=0)
        centre, height = (low + high) / np.float32(2), high[1] - low[1]
        least, most = (np.float32(value) for value in settings.face_height)
        heights = least + draws[1:3] * (most - least)
        signed = 2 * draws - 1
        self.model = model
        first, last = settings.run_frames
        self.length = first + int(draws[0] * np.float32(last - first + 1))
        self.frames = 0
        self.placement = Placement(centre, heights[0] / height, np.zeros(2, np.float32))
        other = Placement(centre, heights[1] / height, np.float32(settings.shift) * signed[3:5], bool(draws[5] < 0.5))
        if cheap:
            other = self.placement
            signed[8:10] = signed[6:8]
        xs, vs = [], []
        for placement, noise in ((self.placement, signed[6:8]), (other, signed[8:10])):
            xs.append(placement.to_network(x))
            initial = np.tile(np.float32(settings.velocity) * noise, 68)
            vs.append(placement.velocity_to_network(v) + initial)
        self.state: State | TransformerState = model.start(torch.from_numpy(np.stack(xs)), torch.from_numpy(np.stack(vs)))

    def next(self) -> np.ndarray:
        """Sample A's next landmarks (136), image units."""
        self.state = self.model.step(self.state)
        self.frames += 1
        return self.placement.to_image(self.state.x[0].numpy())


class Idler:
    """An endless stream of landmarks (136) around a reference, image units."""

    def __init__(self, model: Generator, settings: Idle, reference: np.ndarray, seed: int, cheap: bool = False):
        self.model, self.settings, self.seed, self.cheap = model.eval(), settings, seed, cheap
        self.reference = reference.reshape(-1).astype(np.float32)
        self.x, self.v = self.reference, np.zeros_like(self.reference)
        self.number = 0
        self.run = self._begin()
        self.successor: Run | None = None

    def _begin(self) -> Run:
        draws = CounterRandom(self.seed, "suhmo", self.number).uniform(0, np.arange(DRAWS))
        self.number += 1
        carry = np.float32(self.settings.carry)
        x, v = self.reference + carry * (self.x - self.reference), carry * self.v
        modes = self.settings.starts
        if modes is not None and self.number > 1:  # the first frame ever is the reference
            normal = CounterRandom(self.seed, "suhmo", self.number - 1).normal(0, DRAWS + np.arange(len(modes)))
            height = np.ptp(_points(self.reference)[:, 1])
            for amount, mode in zip(normal * height, modes.astype(np.float32)):
                x, v = x + amount * mode[:136], v + amount * mode[136:]
        return Run(self.model, self.settings, draws, self.reference, x, v, self.cheap)

    @torch.no_grad()
    def next(self) -> np.ndarray:
        if self.successor is None and self.run.frames == self.run.length:
            self.successor = self._begin()
        x = self.run.next()
        if self.successor is not None:
            made = self.successor.next()
            t = np.float32(self.successor.frames) / np.float32(self.settings.cross_fade + 1)
            weight = t * t * (3 - 2 * t)
            x = x + weight * (made - x)
            if self.successor.frames == self.settings.cross_fade:
                self.run, self.successor = self.successor, None
        self.v = x - self.x
        self.x = x
        return x

    def frames(self, count: int) -> np.ndarray:
        """The next `count` frames, (count, 68, 2)."""
        return np.stack([self.next() for _ in range(count)]).reshape(count, 68, 2)


