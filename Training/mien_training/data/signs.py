"""UCI Grammatical Facial Expressions: Kinect points lifted to 58 channels by a landmark fit (CC BY 4.0)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import yaml

from ..facefit.basis import FaceBasis
from ..facefit.fit import Fit, fit_neutral, fit_landmarks
from .rotation import angles_from_matrix, matrix_from_angles
from .track import Track, channel_mask, frame_times, local_regression, segments

#: A gap beyond this many median frame intervals ends a segment.
GAP_INTERVALS = 2.5
SHORTEST_S = 1.2
#: Focal length of the Kinect's colour image (px), for distances out of the scale.
FOCAL_PX = 531.0
#: Coefficients that the Kinect's lid points do not follow: its lids never close (lid gap over eye width stays above 0.12,
#: where a blink on the MediaPipe clips reaches 0.04), so the fit must not read blinks from them.
NOT_TRACKED = ("eyeBlinkLeft", "eyeBlinkRight", "eyeWideLeft", "eyeWideRight")
#: Width of the smoothing window (s), for pose and for coefficients.
POSE_SIGMA_S = 0.07
COEFFICIENT_SIGMA_S = 0.1
#: Nearer or farther than this from the take's median distance (m) the signer reaches for the recorder: cut.
FARTHEST_LEAN_M = 0.15


@lru_cache(maxsize=1)
def correspondence() -> tuple[np.ndarray, np.ndarray]:
    """Matrix (68, 100) from Kinect points to landmarks, and the trust (68,)."""
    path = Path(__file__).parents[1] / "facefit" / "kinect_to_landmarks.yaml"
    matrix, trust = np.zeros((68, 100)), np.zeros(68)
    for landmark, entry in yaml.safe_load(path.read_text()).items():
        for point, share in entry["points"].items():
            matrix[landmark, point] = share
        trust[landmark] = entry.get("trust", 1.0)
    return matrix / np.maximum(matrix.sum(1, keepdims=True), 1e-9), trust


def _readings(stamp: int) -> list[int]:
    """What a stamp (ms on the recorder's clock) may mean: itself, or the fraction with its leading zeros lost."""
    second, fraction = divmod(stamp, 1000)
    found = [stamp]
    if fraction % 10 == 0:
        found.append(second * 1000 + fraction // 10)
    if fraction % 100 == 0:
        found.append(second * 1000 + fraction // 100)
    return found


def _smoothest(options: list[list[int]]) -> tuple[float, list[int]]:
    """The choice of one reading a sample with the smallest sum of squared steps, none backwards; and its cost."""
    cost, back = [0.0] * len(options[0]), []
    for before, now in zip(options, options[1:]):
        row, best = [], []
        for reading, value in enumerate(now):
            steps = [
                c + (((value - b) / 1000) ** 2 if value > b else 10) + (1e-4 if reading else 0)
                for c, b in zip(cost, before)
            ]
            best.append(int(np.argmin(steps)))
            row.append(min(steps))
        cost = row
        back.append(best)
    choice = [int(np.argmin(cost))]
    for best in reversed(back):
        choice.append(best[choice[-1]])
    return min(cost), choice[::-1]


def repair_times(times: np.ndarray) -> tuple[np.ndarray, int]:
    """Time stamps (s) that only grow, and how many had to be repaired.

    The recorder wrote milliseconds without leading zeros: 5.046 s became 5.46, 5.005 became 5.5, which puts a sample up to
    0.9 s ahead of those that follow it. The clock's phase at the first sample is unknown; it is the one under which the
    repaired stamps run smoothest, tried among those that explain most of the stamps that jump ahead.
    """
    ms = np.rint((times - times[0]) * 1000).astype(int)
    ahead = [i for i in range(1, len(ms) - 1) if ms[i] >= ms[i + 1] and ms[i - 1] < ms[i + 1]]

    def explained(phase: int) -> int:
        return sum(
            any(ms[i - 1] + phase < r < ms[i + 1] + phase for r in _readings(ms[i] + phase)[1:]) for i in ahead
        )

    phases = sorted(range(1000), key=explained, reverse=True)[:40]
    attempts = [(_smoothest([_readings(m + phase) for m in ms]), phase) for phase in phases]
    (_, choice), phase = min(attempts, key=lambda attempt: attempt[0][0])
    fixed = np.array([_readings(m + phase)[c] for m, c in zip(ms, choice)])
    return (fixed - fixed[0]) / 1000.0, sum(1 for c in choice if c)


def landmarks(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kinect points (T, 100, 3) px → landmarks (T, 68, 2), x to the subject's left and y up; and usable frames (T,)."""
    matrix, trust = correspondence()
    used = matrix[trust > 0].any(0)
    flat = points[..., :2].astype(float)
    usable = ~(flat[:, used] == 0).all(-1).any(1) & np.isfinite(flat).all((1, 2))
    seen = np.einsum("lk,tki->tli", matrix, flat)
    return -seen, usable


def fit_take(points: np.ndarray, basis: FaceBasis) -> tuple[Fit, np.ndarray, np.ndarray]:
    """The fit of every frame of a take, the usable frames, and the signer's neutral landmarks."""
    seen, usable = landmarks(points)
    trust = correspondence()[1]
    weight = np.maximum(trust, 1e-6) / np.maximum(basis.fit_weight, 1e-6)
    neutral = fit_neutral(seen[usable], basis, weight)
    return fit_landmarks(seen, basis, weight, neutral), usable, neutral


def load(folder: Path, basis: FaceBasis | None = None) -> list[Track]:
    """The 12 takes, cut at gaps; every value is lifted."""
    basis = basis or FaceBasis.load()
    basis = replace(basis, observable=basis.observable & ~channel_mask(*NOT_TRACKED)[:52])
    tracks = []
    for path in sorted((folder / "signs").glob("*.npz")):
        take = np.load(path)
        times, _ = repair_times(take["t"])
        fit, usable, _ = fit_take(take["points"], basis)
        usable &= np.r_[True, np.diff(times) > 0]
        usable &= fit.residual < 3 * np.median(fit.residual[usable])
        pose = np.concatenate([rest_angles(fit, usable), _translation(fit, usable)], 1)
        usable &= np.abs(pose[:, 5]) < FARTHEST_LEAN_M
        interval = np.median(np.diff(times))
        sensed = np.concatenate([basis.observable, np.ones(6, bool)])
        parts = segments(times, usable, GAP_INTERVALS * interval, SHORTEST_S)
        for number, part in enumerate(parts):
            t = times[part]
            at = frame_times(t[0], t[-1])
            values = np.zeros((len(at), 58), dtype=np.float32)
            values[:, 52:] = local_regression(t, pose[part], at, POSE_SIGMA_S)
            values[:, :52] = np.clip(
                local_regression(t, fit.coefficients[part], at, COEFFICIENT_SIGMA_S, robust_rounds=0), 0, 1
            )
            label = take["label"][part][np.clip(np.searchsorted(t, at), 0, len(t) - 1)]
            tracks.append(
                Track(
                    name=f"{path.stem}#{number:02d}", source="signs", subject=f"signer_{path.stem[0]}",
                    values=values, sensed=sensed.copy(), lifted=sensed.copy(), extra={"label": label},
                )
            )
    return tracks


def rest_angles(fit: Fit, usable: np.ndarray) -> np.ndarray:
    """Angles from the take's median attitude: where the camera stood is not the signer's doing."""
    rest = matrix_from_angles(np.median(fit.angles[usable], axis=0))
    return angles_from_matrix(rest.T @ fit.rotation)


def _translation(fit: Fit, usable: np.ndarray) -> np.ndarray:
    """Metres from the take's median position; depth from the scale, by the camera's focal length."""
    depth = FOCAL_PX / fit.scale
    scale = np.median(fit.scale[usable])
    moved = np.stack([fit.offset[:, 0] / scale, fit.offset[:, 1] / scale, -depth], -1)
    return moved - np.median(moved[usable], axis=0)
