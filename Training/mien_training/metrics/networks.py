"""The paper's own feature spaces (spec §1.7), for who has the networks: FVD by Kinetics I3D's logits of the 40 scored frames,
FID by InceptionV3's pooled features of each of these frames, t-FID by those of their motion map.

Neither network is shipped. The user names TorchScript files: I3D takes (N, 3, T, 224, 224) and gives (N, C) or (N, C, T')
logits, Inception takes (N, 3, 299, 299) and gives (N, 2048). Both get pictures with values from 0 (dark) to 1 (a lit pixel), so
what a network wants otherwise (-1 to 1, ImageNet's means) its file has to work out itself. Used by
`mien_training.suhmo.tables --i3d FILE --inception FILE` (`mien_training.evaluate` takes both, too).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

SIDE = 224
#: The picture's channels: jaw; brows, nose and eyes; mouth.
CHANNELS = (slice(0, 17), slice(17, 48), slice(48, 68))
#: The figures, by the network that they need.
FIGURES = {"i3d": ("FVD",), "inception": ("FID", "t-FID")}
#: Single pictures that Inception sees at a time.
PICTURES = 64


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


def loaded(path: Path) -> torch.jit.ScriptModule:
    """A network from a TorchScript file."""
    try:
        return torch.jit.load(str(path), map_location="cpu").eval()
    except RuntimeError as error:
        raise ValueError(f"{path}: not a TorchScript file") from error


class Networks:
    """The two networks, from the user's files; either may be missing."""

    def __init__(self, i3d: Path | None = None, inception: Path | None = None):
        self.i3d, self.inception = (loaded(path) if path else None for path in (i3d, inception))
        files = {"i3d": i3d, "inception": inception}
        #: The figures that are measured, and the digest of the file that each is of.
        self.files = {
            figure: hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
            for network, path in files.items() if path for figure in FIGURES[network]
        }  # fmt: skip

    @torch.no_grad()
    def features(self, runs: list[np.ndarray], batch: int = 4) -> dict[str, np.ndarray]:
        """FVD's, FID's and t-FID's features of runs (40, 68, 2) in a unit square; FID has a row a frame, run by run. So many runs
        are pictures at a time (24 MB each)."""
        found: dict[str, list[np.ndarray]] = {}
        for first in range(0, len(runs), batch):
            pictures = np.stack([raster(run) for run in runs[first : first + batch]])
            if self.i3d is not None:
                logits = self.i3d(torch.from_numpy(pictures).transpose(1, 2))
                found.setdefault("FVD", []).append(logits.flatten(1).numpy())
            if self.inception is not None:
                frames = torch.from_numpy(pictures).flatten(0, 1)
                maps = torch.from_numpy(np.stack([motion_map(part) for part in pictures]))
                found.setdefault("FID", []).extend(self._pooled(part) for part in frames.split(PICTURES))
                found.setdefault("t-FID", []).append(self._pooled(maps))
        return {name: np.concatenate(parts) for name, parts in found.items()}

    def _pooled(self, pictures: Tensor) -> np.ndarray:
        sized = torch.nn.functional.interpolate(pictures, size=(299, 299), mode="bilinear", align_corners=False)
        return self.inception(sized).flatten(1).numpy()
