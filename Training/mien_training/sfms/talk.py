"""A conversation, as the listener's training takes it from any set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
