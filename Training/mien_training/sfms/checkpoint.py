"""Checkpoints that a stopped training goes on from."""

from __future__ import annotations

import os
from pathlib import Path

import torch


def save(path: Path, **state) -> None:
    """Writes beside the path and renames, so that a checkpoint is whole or not there."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load(path: Path) -> dict | None:
    return torch.load(path, weights_only=False) if path.exists() else None
