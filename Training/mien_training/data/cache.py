"""The cache of loaded tracks: one npz a source, so that trainers start at once."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np

from .track import Dyad, Track

SOURCES = ("dyads", "signs", "moves", "clips", "livelink", "news")


def cache_folder() -> Path:
    """``MIEN_TRACKS``, else ``.cache/tracks`` at the root of the checkout."""
    return Path(os.environ.get("MIEN_TRACKS") or Path(__file__).resolve().parents[3] / ".cache" / "tracks")


def save(folder: Path, source: str, tracks: list[Track], images: list[np.ndarray] | None = None) -> None:
    """Writes one source: frames end to end, an index beside them, and the image landmarks where given. The file is whole or
    not there, whoever else reads or writes it."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"values": np.concatenate([t.values for t in tracks])}
    for key in sorted({key for t in tracks for key in t.extra}):
        arrays[f"extra.{key}"] = np.concatenate([t.extra[key] for t in tracks]).astype(np.float32)
    if images is not None:
        arrays["image"] = np.concatenate(images).astype(np.float32)
    index = [
        {
            "name": t.name, "source": t.source, "subject": t.subject, "frames": len(t), "fps": t.fps,
            "sensed": np.flatnonzero(t.sensed).tolist(), "lifted": np.flatnonzero(t.lifted).tolist(),
        }
        for t in tracks
    ]
    part = folder / f"{source}.npz.{os.getpid()}.part"
    try:
        with open(part, "wb") as file:
            np.savez(file, index=json.dumps(index), **arrays)
        part.replace(folder / f"{source}.npz")
    finally:
        part.unlink(missing_ok=True)  # of an interrupted one


def load_tracks(folder: Path | str | None = None, sources: tuple[str, ...] = SOURCES) -> list[Track]:
    """The cached tracks. ``extra["image"]`` holds the (T, 68, 2) canonical image landmarks that the basis makes."""
    tracks = []
    for source in sources:
        path = Path(folder or cache_folder()) / f"{source}.npz"
        try:
            file = np.load(path)
        except (zipfile.BadZipFile, EOFError, ValueError) as error:
            raise ValueError(f"{path}: damaged; remove it, and mien_training.data.prepare writes it anew") from error
        arrays = {key: file[key] for key in file.files if key != "index"}
        start = 0
        for entry in json.loads(str(file["index"])):
            part = slice(start, start + entry["frames"])
            start = part.stop
            sensed, lifted = np.zeros(58, bool), np.zeros(58, bool)
            sensed[entry["sensed"]] = True
            lifted[entry["lifted"]] = True
            extra = {key[6:]: value[part] for key, value in arrays.items() if key.startswith("extra.")}
            if "image" in arrays:
                extra["image"] = arrays["image"][part]
            tracks.append(
                Track(
                    entry["name"], entry["source"], entry["subject"], arrays["values"][part], sensed, lifted, extra,
                    entry["fps"],
                )
            )
    return tracks


def load_dyads(folder: Path | str | None = None) -> list[Dyad]:
    """The cached conversations, partner a and b in sync."""
    tracks = {track.name: track for track in load_tracks(folder, ("dyads",))}
    names = sorted({name.rsplit("/", 1)[0] for name in tracks})
    return [Dyad(n, n.split("_")[0], tracks[f"{n}/a"], tracks[f"{n}/b"]) for n in names]
