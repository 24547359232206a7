"""Many single runs at once in PyTorch, begun as idling begins them (`idle.Run`): what training checks itself by. The
tables are made from the Swift binary's runs."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .config import Idle
from .data import MIRRORED


def begin(faces: np.ndarray, idle: Idle, random: np.random.Generator) -> tuple[Tensor, Tensor, np.ndarray, np.ndarray]:
    """Positions and velocities (2 N, 136) in network units of pairs begun at faces (N, 68, 2), rows 2i and 2i + 1 a pair,
    and the scale and centre that lead sample A's back."""
    count = len(faces)
    low, high = faces.min(axis=1), faces.max(axis=1)
    centre, height = (low + high) / 2, high[:, 1] - low[:, 1]
    heights = random.uniform(*idle.face_height, (count, 2))
    scales = heights / height[:, None]
    first = (faces - centre[:, None]) * scales[:, :1, None] + 0.5
    second = (faces - centre[:, None]) * scales[:, 1:, None] + 0.5 + idle.shift * random.uniform(-1, 1, (count, 1, 2))
    flipped = random.random(count) < 0.5
    second[flipped, :, 0] = 1 - second[flipped, :, 0]
    second[flipped] = second[flipped][:, MIRRORED]
    x = np.stack([first, second], axis=1).reshape(2 * count, 136)
    v = np.tile(idle.velocity * random.uniform(-1, 1, (2 * count, 2)), 68)
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(v.astype(np.float32)), scales[:, 0], centre


@torch.no_grad()
def run(
    generator: nn.Module, faces: np.ndarray, frames: int, idle: Idle, random: np.random.Generator,
    device: torch.device | str = "cpu",
) -> np.ndarray:
    """Runs (N, frames, 68, 2) in the faces' own units."""
    x, v, scale, centre = begin(faces, idle, random)
    made, _ = generator.rollout(x[:, None].to(device), v[:, None].to(device), observed=1, frames=frames)
    points = made[0::2].cpu().numpy().reshape(len(faces), frames, 68, 2)
    return (points - 0.5) / scale[:, None, None, None] + centre[:, None, None]
