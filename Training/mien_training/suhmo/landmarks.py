"""Image landmarks: as the files that ``mien generate`` reads and writes, and the head's attitude that they show."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data.rotation import angles_from_matrix
from ..facefit.basis import FaceBasis
from ..facefit.fit import weak_perspective

#: Points that expressions hardly move: nose, eye corners, and the upper contour a little.
RIGID = {**{i: 1.0 for i in (27, 28, 29, 30, 31, 33, 35, 36, 39, 42, 45)}, **{i: 0.2 for i in (0, 1, 2, 14, 15, 16)}}


def write_landmarks(path: Path, faces: np.ndarray) -> None:
    """Faces (N, 68, 2) as rows x_0 … y_67."""
    header = ",".join([f"x_{i}" for i in range(68)] + [f"y_{i}" for i in range(68)])
    np.savetxt(path, np.concatenate([faces[..., 0], faces[..., 1]], axis=1), "%.7g", ",", header=header, comments="")


def read_landmarks(path: Path) -> np.ndarray:
    """Faces (N, 68, 2) of such a file."""
    values = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
    return np.stack([values[:, :68], values[:, 68:]], axis=-1)


def head_angles(landmarks: np.ndarray, basis: FaceBasis) -> np.ndarray:
    """Yaw, pitch, roll (T, 3), radians, of image landmarks (T, 68, 2)."""
    weight = np.full(68, 1e-6)
    for point, trust in RIGID.items():
        weight[point] = trust
    points = np.stack([landmarks[..., 0] - 0.5, 0.5 - landmarks[..., 1]], axis=-1)
    rotation, _, _ = weak_perspective(points, basis.mean.astype(float)[None], weight)
    return angles_from_matrix(rotation)
