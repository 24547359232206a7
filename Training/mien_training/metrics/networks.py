"""The paper's own feature spaces (spec §1.7), for who has the networks: FVD by Kinetics I3D's logits, FID and t-FID by
InceptionV3's pooled features.

Neither network is shipped. The user names TorchScript files: I3D takes (N, 3, T, 224, 224) and gives (N, C) or (N, C, T')
logits, Inception takes (N, 3, 299, 299) and gives (N, 2048). Used by `mien_training.suhmo.tables --i3d FILE --inception FILE`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

SIDE = 224
#: The picture's channels: jaw; brows, nose and eyes; mouth.
CHANNELS = (slice(0, 17), slice(17, 48), slice(48, 68))


def raster(frames: np.ndarray) -> np.ndarray:
    """Landmarks (T, 68, 2) of a unit square as pictures (T, 3, 224, 224): one lit pixel a landmark, clamped to [0, 0.99]."""
    places = (np.clip(frames, 0, 0.99) * SIDE).astype(int)
    pictures = np.zeros((len(frames), 3, SIDE, SIDE), np.float32)
    time = np.arange(len(frames))[:, None]
    for channel, part in enumerate(CHANNELS):
        pictures[time, channel, places[:, part, 1], places[:, part, 0]] = 1
    return pictures


def motion_map(pictures: np.ndarray) -> np.ndarray:
    """(3, 224, 224): pictures summed with weights that rise linearly from 0.2 to 0.8, normalised to 1."""
    weights = np.linspace(0.2, 0.8, len(pictures), dtype=np.float32)
    return np.tensordot(weights / weights.sum(), pictures, axes=1)


class Networks:
    """The two networks, from the user's files; either may be missing."""

    def __init__(self, i3d: Path | None = None, inception: Path | None = None):
        load = lambda path: torch.jit.load(str(path), map_location="cpu").eval() if path else None  # noqa: E731
        self.i3d, self.inception = load(i3d), load(inception)

    @torch.no_grad()
    def features(self, runs: list[np.ndarray], batch: int = 16) -> dict[str, np.ndarray]:
        """FVD's, FID's and t-FID's features of runs (40, 68, 2) in a unit square."""
        found: dict[str, list[np.ndarray]] = {}
        for first in range(0, len(runs), batch):
            pictures = np.stack([raster(run) for run in runs[first : first + batch]])
            if self.i3d is not None:
                logits = self.i3d(torch.from_numpy(pictures).transpose(1, 2))
                found.setdefault("FVD", []).append(logits.flatten(1).numpy())
            if self.inception is not None:
                frames = torch.from_numpy(pictures[:, ::4]).flatten(0, 1)
                maps = torch.from_numpy(np.stack([motion_map(part) for part in pictures]))
                found.setdefault("FID", []).append(self._pooled(frames))
                found.setdefault("t-FID", []).append(self._pooled(maps))
        return {name: np.concatenate(parts) for name, parts in found.items()}

    def _pooled(self, pictures: Tensor) -> np.ndarray:
        sized = torch.nn.functional.interpolate(pictures, size=(299, 299), mode="bilinear", align_corners=False)
        return self.inception(sized).flatten(1).numpy()
