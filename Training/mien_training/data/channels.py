"""The 58 channels of a face track: 52 ARKit blendshapes in canonical order, then the head pose.

The order and the names are ``FaceKit.Blendshape``'s and ``FaceKit.FaceChannel.headNames``. Left and right are the
subject's own.
"""

from __future__ import annotations

import numpy as np


def _pairs(*stems: str) -> list[str]:
    return [stem + side for stem in stems for side in ("Left", "Right")]


_EYE = ["eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide"]

BLENDSHAPES: list[str] = [
    *[stem + "Left" for stem in _EYE],
    *[stem + "Right" for stem in _EYE],
    *["jawForward", "jawLeft", "jawRight", "jawOpen"],
    *["mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight"],
    *_pairs("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch"),
    *["mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"],
    *_pairs("mouthPress", "mouthLowerDown", "mouthUpperUp", "browDown"),
    *["browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"],
    *_pairs("cheekSquint", "noseSneer"),
    "tongueOut",
]
HEAD: list[str] = ["head_yaw_rad", "head_pitch_rad", "head_roll_rad", "head_x_m", "head_y_m", "head_z_m"]
CHANNELS: list[str] = BLENDSHAPES + HEAD
INDEX: dict[str, int] = {name: i for i, name in enumerate(CHANNELS)}
HEAD_SLICE = slice(52, 58)
ROTATION_SLICE = slice(52, 55)
TRANSLATION_SLICE = slice(55, 58)

_LOWER = {name.lower(): i for i, name in enumerate(BLENDSHAPES)}


def blendshape_index(name: str) -> int | None:
    """Index of a blendshape whatever its capitals, or None."""
    return _LOWER.get(name.lower())


def _mirrored_name(name: str) -> str:
    if "Left" in name:
        return name.replace("Left", "Right")
    return name.replace("Right", "Left")


#: Where each channel's value comes from when a face is mirrored: values[:, MIRROR] * MIRROR_SIGN.
MIRROR = np.array([INDEX[_mirrored_name(name)] for name in CHANNELS])
MIRROR_SIGN = np.ones(58, dtype=np.float32)
for _name in ("head_yaw_rad", "head_roll_rad", "head_x_m"):
    MIRROR_SIGN[INDEX[_name]] = -1

#: The same for the 68 iBUG landmarks (``LandmarkFrame2D.mirrored``).
MIRROR_68 = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40]
    + [54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65]
)


def mirror_values(values: np.ndarray) -> np.ndarray:
    """The mirrored face: left and right re-indexed, yaw, roll and x negated."""
    return values[..., MIRROR] * MIRROR_SIGN


def mirror_image_landmarks(points: np.ndarray) -> np.ndarray:
    """Mirrored image landmarks (..., 68, 2), unit square: x → 1 − x, re-indexed."""
    flipped = points[..., MIRROR_68, :].copy()
    flipped[..., 0] = 1 - flipped[..., 0]
    return flipped
