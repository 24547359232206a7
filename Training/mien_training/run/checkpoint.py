"""Checkpoints that are whole or not there, and the seeds of a run."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch


def save(state: dict[str, Any], path: Path) -> None:
    """Writes beside the file and moves it there, so that an interruption leaves the old one."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    part.replace(path)


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """A checkpoint that this package wrote. It unpickles: open none of strangers."""
    return torch.load(path, map_location=device, weights_only=False)


def seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
