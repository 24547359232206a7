"""Face clips estimated by MediaPipe FaceLandmarker: 51 blendshapes and the head's pose (MIT, CC BY 4.0)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .channels import BLENDSHAPES, CHANNELS, blendshape_index
from .rotation import angles_from_matrix
from .track import Track, channel_mask, frame_times, resample, segments

SHORTEST_S = 1.0
#: Mien's turning point of the head in MediaPipe's canonical face (cm). Nose tip and ears of that model (0, −1.13, 7.48)
#: and (±7.66, 0.67, −2.44) lie (0, −2.25, −5.8) from ICT-FaceKit's on average; see ``facefit.build.PIVOT_ICT_CM``.
PIVOT_MEDIAPIPE_CM = np.array([0.0, -1.55, -3.1])


def head_pose(matrices: np.ndarray, reference: np.ndarray | None = None) -> np.ndarray:
    """Face-to-camera matrices (T, 4, 4) in cm → (T, 6) yaw, pitch, roll (rad), x, y, z (m) from the median position.

    MediaPipe's axes are Mien's: x towards the subject's left, y up, z out of the face towards the camera.
    """
    rotation = matrices[:, :3, :3].astype(np.float64)
    position = (matrices[:, :3, 3] + rotation @ PIVOT_MEDIAPIPE_CM) / 100
    position = position - (np.median(position, axis=0) if reference is None else reference)
    return np.concatenate([angles_from_matrix(rotation), position], 1)


def load(folder: Path) -> list[Track]:
    """The 31 clips cut where no face was found. ``tongueOut`` is never sensed: MediaPipe has none."""
    tracks = []
    mask = channel_mask(*[name for name in CHANNELS if name != "tongueOut"])
    for path in sorted((folder / "clips").glob("*.npz")):
        clip = np.load(path)
        order = [blendshape_index(str(name)) for name in clip["names"]]
        if sorted(order) != list(range(len(BLENDSHAPES))):
            raise ValueError(f"{path.name}: its names are not the 52 ARKit blendshapes")
        fps, ok = float(clip["fps"]), clip["ok"].copy()
        times = np.arange(len(ok)) / fps
        values = np.zeros((len(ok), 58))
        values[:, order] = clip["blendshapes"]
        ok &= np.isfinite(values).all(1) & np.isfinite(clip["head"]).all((1, 2))
        if not ok.any():
            continue
        values[ok, 52:] = head_pose(clip["head"][ok])
        parts = segments(times, ok, 1.5 / fps, SHORTEST_S)
        for number, part in enumerate(parts):
            at = frame_times(times[part][0], times[part][-1])
            frames = resample(times[part], values[part], at)
            frames[:, :52] = np.clip(frames[:, :52], 0, 1)
            frames[:, ~mask] = 0
            name = path.stem + (f"#{number}" if len(parts) > 1 else "")
            tracks.append(
                Track(name, "clips", path.stem, frames.astype(np.float32), mask.copy(), np.zeros(58, bool))
            )
    return tracks
