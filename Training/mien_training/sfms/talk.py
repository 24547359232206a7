"""Conversations, as the listener's training takes them from any set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .channels import CHEEK, SMILE


@dataclass
class Talk:
    """One conversation at 25 fps: both partners' faces (lifted) and what was sensed of them (raw); where a set has it,
    also the sound of each (frames, columns), and what the columns are. A frame with a number that is not finite was not
    heard."""

    pair: str
    name: str
    face: tuple[np.ndarray, np.ndarray]
    sensed: tuple[np.ndarray, np.ndarray]
    sound: tuple[np.ndarray | None, np.ndarray | None] = (None, None)
    sound_kind: str = "none"


def shortest(talks: list[Talk]) -> int:
    """Frames of the shortest conversation."""
    return min(len(side) for talk in talks for side in talk.sensed)


def faces(talks: list[Talk], length: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sensed speakers (N, T, 4), their faces (N, T, 58) as far as they are sensed, and the real partners (N, T, 58), as long as
    the shortest of them or as asked."""
    length = length or shortest(talks)
    speakers, known, partners = [], [], []
    for talk in talks:
        for side in (0, 1):
            sensed = talk.sensed[side][:length]
            own = np.zeros((length, 58), np.float32)
            own[:, SMILE] = sensed[:, :1]
            own[:, CHEEK] = sensed[:, 1:2]
            speakers.append(sensed)
            known.append(own)
            partners.append(talk.face[1 - side][:length])
    return np.stack(speakers), np.stack(known), np.stack(partners)
