"""Checkpoints that are whole or not there, and that say which run they are of."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch


def save(state: dict[str, Any], path: Path) -> None:
    """Writes beside the file and moves it there, so that an interruption leaves the old one."""
    part = path.with_name(path.name + ".part")
    torch.save(state, part)
    part.replace(path)


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, Any] | None:
    """A checkpoint that this package wrote, if it is there, on any device it was written on; stops at a damaged one. It
    unpickles: open none of strangers."""
    if not path.is_file():
        return None
    try:
        return torch.load(path, map_location=device, weights_only=False)
    except (RuntimeError, pickle.UnpicklingError, EOFError, LookupError, ValueError) as error:
        raise SystemExit(f"{path}: not a whole checkpoint ({str(error).splitlines()[0].split('. ')[0]})") from error


def needed(path: Path, *entries: str, device: torch.device | str = "cpu") -> dict[str, Any]:
    """As ``load``, of a checkpoint that has to be there and to hold these entries."""
    state = load(path, device)
    if state is None:
        raise SystemExit(f"{path} is not there, expected a checkpoint")
    for name in entries:
        if not isinstance(state, dict) or name not in state:
            raise SystemExit(f"{path} lacks {name}, expected a checkpoint of this trainer")
    return state


def digest(weights: dict[str, torch.Tensor]) -> str:
    """Which weights these are, whatever order they come in."""
    found = hashlib.sha256()
    for name, values in sorted(weights.items()):
        found.update(name.encode() + values.cpu().numpy().tobytes())
    return found.hexdigest()[:12]


def same_run(path: Path, then: dict, now: dict, free: tuple[str, ...], way_out: str) -> None:
    """Stops, with the way out, where a checkpoint's configuration differs from the run's; entries named in ``free`` may."""
    for key, was, found in differences(then, now):
        if key.rpartition(".")[2] not in free:
            raise SystemExit(f"{path}: {key} was {was!r} there, now it is {found!r}; {way_out}")


def same_data(path: Path, state: dict, data: str, way_out: str) -> None:
    """Stops, with the way out, at a checkpoint of other data; one from before checkpoints named theirs passes."""
    same_run(path, {"data": state.get("config", {}).get("data", data)}, {"data": data}, (), way_out)


def differences(then: dict, now: dict, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """The entries of nested configurations that differ, as name and both values; one that a side lacks is None there."""
    for key in [*then, *(key for key in now if key not in then)]:
        was, found = then.get(key), now.get(key)
        if isinstance(was, dict) and isinstance(found, dict):
            yield from differences(was, found, f"{prefix}{key}.")
        elif was != found:
            yield prefix + key, was, found
