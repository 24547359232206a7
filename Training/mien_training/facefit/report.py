"""Measures the face basis and the fit: ``python -m mien_training.facefit.report [--write]``.

Three questions, each on recordings:

* round trip: a recording's own coefficients and pose → 68 image landmarks → fit. What landmarks and the fit lose.
* real faces: MediaPipe's 68 landmarks of the clips → fit, against MediaPipe's own pose and blendshapes. MediaPipe
  estimates these by networks of its own, with the iris and the whole mesh to look at, so this is agreement, not error.
* the 3DMM: how far the fitted face is from the landmarks, as a share of the distance between the eyes.

``--write`` puts the tables into the card ``Models/face-basis.md``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ..data import clips as clip_source
from ..data import livelink
from ..data.channels import BLENDSHAPES, blendshape_index
from ..data.rotation import angles_from_matrix, matrix_from_angles
from ..data.track import data_folder
from .basis import DEFAULT_PATH, FaceBasis
from .fit import fit_landmarks, fit_neutral

#: Heights over widths that the clips' videos may have; MediaPipe scales x by the width and y by the height.
ASPECTS = (1.0, 9 / 16, 3 / 4, 4 / 5, 5 / 4, 4 / 3, 16 / 9)
BEGIN, END = "<!-- figures: written by mien_training.facefit.report -->", "<!-- end of figures -->"


def aspect_of(points: np.ndarray, basis: FaceBasis) -> float:
    """The aspect under which the clip's faces are most like the basis."""
    some = points[:: max(1, len(points) // 15)]

    def misfit(aspect: float) -> float:
        fit = fit_landmarks(some * np.array([1.0, aspect]), basis, rounds=4)
        return float(np.median(fit.residual))

    return min(ASPECTS, key=misfit)


def round_trip(values: np.ndarray, basis: FaceBasis) -> tuple[np.ndarray, np.ndarray]:
    """Absolute differences: angles (T, 3) in degrees, coefficients (T, 52), after 58 values → image → fit."""
    seen = values.copy()
    seen[:, :52] *= basis.observable
    image = basis.image(seen)
    fit = fit_landmarks(np.stack([image[..., 0], -image[..., 1]], -1).astype(float), basis, rounds=8, sweeps=60)
    return np.degrees(np.abs(fit.angles - values[:, 52:55])), np.abs(fit.coefficients - seen[:, :52])


def centred(rotation: np.ndarray) -> np.ndarray:
    """Angles in degrees from the median attitude."""
    rest = matrix_from_angles(np.median(angles_from_matrix(rotation), axis=0))
    return np.degrees(angles_from_matrix(rest.T @ rotation))


def agreement(folder: Path, basis: FaceBasis) -> dict:
    """The fit of the clips' landmarks beside MediaPipe's pose and blendshapes."""
    angle_errors, absolute_errors, fits, truths, spans, misfits = [], [], [], [], [], []
    for path in sorted((folder / "clips").glob("*.npz")):
        clip = np.load(path)
        ok = clip["ok"] & np.isfinite(clip["landmarks68"]).all((1, 2))
        if ok.sum() < 20:
            continue
        points = clip["landmarks68"][ok][..., :2].astype(float) * np.array([1.0, -1.0])
        points = points * np.array([1.0, aspect_of(points, basis)])
        neutral = fit_neutral(points, basis)
        fit = fit_landmarks(points, basis, neutral=neutral)
        truth = np.zeros((ok.sum(), 52))
        truth[:, [blendshape_index(str(n)) for n in clip["names"]]] = clip["blendshapes"][ok]
        rotation = clip["head"][ok][:, :3, :3].astype(float)
        angle_errors.append(centred(fit.rotation) - centred(rotation))
        absolute_errors.append(np.degrees(fit.angles - angles_from_matrix(rotation)))
        # A face at rest has coefficients near 0 in the fit; MediaPipe's have a floor of their own in each person.
        truths.append(np.clip(truth - np.percentile(truth, 10, axis=0), 0, 1))
        fits.append(fit.coefficients)
        eyes = np.linalg.norm(neutral[36] - neutral[45])
        misfits.append(fit.residual / eyes)
        spans.append(np.ptp(centred(rotation), axis=0))
    fits, truths = np.concatenate(fits), np.concatenate(truths)
    return {
        "frames": len(fits), "clips": len(spans), "angles": np.abs(np.concatenate(angle_errors)),
        "absolute": np.abs(np.concatenate(absolute_errors)), "fits": fits, "truths": truths,
        "misfit": np.concatenate(misfits), "span": np.median(spans, axis=0),
    }


def percentiles(x: np.ndarray) -> str:
    return f"{x.mean():.3f} / {np.median(x):.3f} / {np.percentile(x, 95):.3f}"


def round_trip_table(folder: Path, basis: FaceBasis) -> list[str]:
    out = [
        "### Round trip on recordings", "",
        "| recording | frames | yaw °, pitch °, roll ° (mean absolute) | coefficient: mean / median / 95 % |",
        "|---|---|---|---|",
    ]
    takes = {
        "clips (MediaPipe, head turned)": clip_source.load(folder),
        "livelink (TrueDepth, whole range)": livelink.load(folder),
    }
    for name, tracks in takes.items():
        values = np.concatenate([track.values for track in tracks]).astype(float)
        angles, coefficients = round_trip(values, basis)
        yaw, pitch, roll = angles.mean(0)
        observable = percentiles(coefficients[:, basis.observable])
        out.append(f"| {name} | {len(values)} | {yaw:.2f}, {pitch:.2f}, {roll:.2f} | {observable} |")
    return out


def agreement_tables(folder: Path, basis: FaceBasis) -> list[str]:
    real = agreement(folder, basis)

    def row(label: str, figures: np.ndarray, digits: int = 2) -> str:
        return f"| {label} | " + " | ".join(f"{figure:.{digits}f}" for figure in figures) + " |"

    active = basis.observable
    error, still = np.abs(real["fits"] - real["truths"]), np.abs(real["truths"])
    misfit = 100 * real["misfit"]
    out = [
        f"### Real faces: {real['clips']} clips, {real['frames']} frames, MediaPipe's landmarks against its own estimates",
        "", "| | yaw | pitch | roll |", "|---|---|---|---|",
        row("mean absolute difference from the clip's median attitude, °", real["angles"].mean(0)),
        row("95 %, °", np.percentile(real["angles"], 95, axis=0)),
        row("mean absolute difference, camera axes, °", real["absolute"].mean(0)),
        row("range of the head in a clip (median), °", real["span"], 1), "",
        f"Coefficients ({active.sum()} observable): mean absolute difference {error[:, active].mean():.3f}; a face that "
        f"never moved would have {still[:, active].mean():.3f}.",
        f"The fitted face lies {np.median(misfit):.1f} % of the outer eye distance from the landmarks (median; 95 %: "
        f"{np.percentile(misfit, 95):.1f} %).", "",
        "| coefficient | mean absolute difference | never moved | correlation |", "|---|---|---|---|",
    ]
    for i in np.flatnonzero(active):
        x, y = real["fits"][:, i], real["truths"][:, i]
        moves = x.std() > 1e-6 and y.std() > 1e-3
        shown = f"{np.corrcoef(x, y)[0, 1]:.2f}" if moves else "–"
        out.append(f"| {BLENDSHAPES[i]} | {error[:, i].mean():.3f} | {still[:, i].mean():.3f} | {shown} |")
    return out


def tables(folder: Path, basis: FaceBasis) -> str:
    """Everything as Markdown."""
    return "\n".join(round_trip_table(folder, basis) + [""] + agreement_tables(folder, basis))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--write", action="store_true", help="put the tables into Models/face-basis.md")
    arguments = parser.parse_args()
    text = tables(arguments.data, FaceBasis.load())
    print(text)
    if arguments.write:
        card = DEFAULT_PATH.with_suffix(".md")
        before, _, rest = card.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        card.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
