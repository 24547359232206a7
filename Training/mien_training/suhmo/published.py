"""Published sets of coefficients as landmarks for SUHMo: REACT 2024 and Learning2Listen. A configuration names them by

    sources: {"react2024:/data/REACT2024": 1.0}
    sources: {"learning2listen:/data/L2L:fallon": 1.0}

Both people of a conversation are sequences of one recording, so `pairing: conversation` finds them. Neither set holds the
names or the shapes behind its coefficients, so one more file beside it says what they are; without it nothing is made up.

REACT 2024: ROOT/columns.txt, the 58 channel names in the order of the columns (FaceVerse's model file has the coefficients'
as `exp_name_list`). The face basis makes the landmarks. Angles are taken from each clip's median; the translation, whose
unit the set does not state, is left out.

Learning2Listen: ROOT/flame-landmarks.npz, for DECA's coefficients mean nothing without FLAME: `mean` (68, 3) and `expression`
(50, 68, 3) in metres, x to the subject's left, y up, z out of the face, and for the jaw `jaw_joint` (3,) and `jaw_weight`
(68,), how far each point goes along with it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..data import published
from ..data.channels import ROTATION_SLICE, TRANSLATION_SLICE
from ..facefit.basis import FaceBasis
from ..sfms.published import columns, resampled

#: Name of a person's sequence, the recording that it shares with the partner, landmarks (T, 68, 2) at 25 frames a second.
Person = tuple[str, str, np.ndarray]

FLAME = {"mean": (68, 3), "expression": (50, 68, 3), "jaw_joint": (3,), "jaw_weight": (68,)}


def react(place: str, split: str) -> list[Person]:
    """The people of a part of REACT 2024; none where it has no such part."""
    root = Path(place)
    names = root / "columns.txt"
    if not (root / f"{split}.csv").exists():
        return []
    if not names.exists():
        raise ValueError(
            f"{names}: not there; landmarks need the names of REACT 2024's 58 columns, one channel a line in their order"
        )
    order, basis = columns(names), FaceBasis.load()
    pairs = published.react(root, split)
    return [
        (f"{pair.name.split(' -> ')[0]}", min(pair.name.split(" -> ")), basis.image(centred(pair.speaker[:, order])))
        for pair in pairs  # each clip is there from both sides, so speakers are everybody once
    ]


def centred(values: np.ndarray) -> np.ndarray:
    """Frames (T, 58) with head angles from their median, unwrapped, and the head in its place."""
    values = values.astype(np.float64)
    angles = np.unwrap(values[:, ROTATION_SLICE], axis=0)
    values[:, ROTATION_SLICE] = angles - np.median(angles, axis=0)
    values[:, TRANSLATION_SLICE] = 0
    return values.astype(np.float32)


def learning2listen(place: str, split: str) -> list[Person]:
    """The people of a host's part of Learning2Listen; none where it has no such part."""
    root, _, host = place.rpartition(":")
    if not (Path(root) / "data" / host / split).exists():
        return []
    shapes = flame(Path(root) / "flame-landmarks.npz")
    scale = FaceBasis.load().scale_per_metre
    return [
        (f"{pair.name}/{side}", pair.name, landmarks(resampled(motion, pair.fps), shapes, scale))
        for pair in published.learning2listen(root, host, split)
        for side, motion in (("speaker", pair.speaker), ("listener", pair.listener))
    ]


def flame(path: Path) -> dict[str, np.ndarray]:
    """FLAME's landmarks, checked."""
    wanted = ", ".join(f"{name} {shape}" for name, shape in FLAME.items())
    if not path.exists():
        raise ValueError(
            f"{path}: not there; Learning2Listen's 50 expression and jaw coefficients are DECA's, and their landmarks need "
            f"FLAME's shapes, which are not ours to ship: {wanted}"
        )
    found = dict(np.load(path))
    for name, shape in FLAME.items():
        if name not in found or found[name].shape != shape:
            raise ValueError(f"{path}: {name} is {found[name].shape if name in found else 'not there'}, expected {shape}")
    return found


def landmarks(motion: np.ndarray, shapes: dict[str, np.ndarray], scale: float) -> np.ndarray:
    """Image landmarks (T, 68, 2) of DECA's frames (T, 56): 50 of expression, the head's and the jaw's turns as vectors."""
    points = shapes["mean"] + np.tensordot(motion[:, :50], shapes["expression"], 1)
    jaw, head = (Rotation.from_rotvec(motion[:, part]).as_matrix() for part in (slice(53, 56), slice(50, 53)))
    opened = np.einsum("tij,tkj->tki", jaw, points - shapes["jaw_joint"]) + shapes["jaw_joint"]
    points = points + shapes["jaw_weight"][:, None] * (opened - points)
    middle = np.median(motion[:, 50:53], axis=0)
    straight = np.einsum("ij,tjk->tik", Rotation.from_rotvec(middle).as_matrix().T, head)
    points = np.einsum("tij,tkj->tki", straight, points)
    return np.stack([0.5 + scale * points[..., 0], 0.5 - scale * points[..., 1]], axis=-1).astype(np.float32)
