"""The ranges of the training data, written beside the weights: what a generated face is held to over an hour.

    python -m mien_training.ranges [--out ../Models/training-ranges.json]

Reads the cached tracks (``mien_training.data.prepare``) and SFMS's lifted conversations. Held-out takes and pairs do not
count. A real track's head poses are taken from its median, and every face counts with its mirror image, as in training.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from .data import channels, load_tracks, mirror_values
from .sfms.dataset import part
from .suhmo.config import Config as SUHMoConfig
from .suhmo.tracks import load as load_suhmo

OUT = Path(__file__).resolve().parents[2] / "Models" / "training-ranges.json"


def centred(values: np.ndarray) -> np.ndarray:
    """A track with its head's pose taken from its median."""
    values = values.astype(np.float64)
    values[:, 52:] -= np.median(values[:, 52:], axis=0)
    return values


def extent(tracks: list[np.ndarray]) -> dict[str, object]:
    """Least and largest value of each channel, over tracks and their mirror images."""
    both = [v for track in tracks for v in (track, mirror_values(track))]
    least = np.min([v.min(axis=0) for v in both], axis=0)
    most = np.max([v.max(axis=0) for v in both], axis=0)
    return {
        "frames": int(sum(len(track) for track in tracks)),
        "least": {name: round(float(value), 5) for name, value in zip(channels.CHANNELS, least, strict=True)},
        "most": {name: round(float(value), 5) for name, value in zip(channels.CHANNELS, most, strict=True)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    idling = SUHMoConfig.load().data
    learnt = {sequence.name for sequence in load_suhmo(None, idling)[0]}
    idle = [centred(track.values) for track in load_tracks(sources=tuple(idling.sources)) if track.name in learnt]
    training, real = part("training")
    listening = [face.astype(np.float64) for talk in training for face in talk.face] + [centred(track) for track in real]
    found = {"suhmo": extent(idle), "sfms": extent(listening)}
    out.write_text(json.dumps(found, indent=1) + "\n")
    print(f"{out}: {found['suhmo']['frames']} frames of SUHMo's data, {found['sfms']['frames']} of SFMS's")


if __name__ == "__main__":
    main()
