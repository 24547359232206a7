"""Rotations in Mien's head axes (``FaceKit.HeadPose``): R = Ry(yaw) · Rx(pitch) · Rz(roll), right-handed."""

from __future__ import annotations

import numpy as np


def matrix_from_angles(angles: np.ndarray) -> np.ndarray:
    """(..., 3) yaw, pitch, roll in rad → (..., 3, 3)."""
    angles = np.asarray(angles)
    cy, cp, cr = (np.cos(angles[..., i]) for i in range(3))
    sy, sp, sr = (np.sin(angles[..., i]) for i in range(3))
    return np.stack(
        [
            np.stack([cy * cr + sy * sp * sr, sy * sp * cr - cy * sr, sy * cp], -1),
            np.stack([cp * sr, cp * cr, -sp], -1),
            np.stack([cy * sp * sr - sy * cr, sy * sr + cy * sp * cr, cy * cp], -1),
        ],
        -2,
    )


def angles_from_matrix(matrix: np.ndarray) -> np.ndarray:
    """(..., 3, 3) → (..., 3) yaw, pitch, roll in rad."""
    return np.stack(
        [
            np.arctan2(matrix[..., 0, 2], matrix[..., 2, 2]),
            np.arcsin(np.clip(-matrix[..., 1, 2], -1, 1)),
            np.arctan2(matrix[..., 1, 0], matrix[..., 1, 1]),
        ],
        -1,
    )
