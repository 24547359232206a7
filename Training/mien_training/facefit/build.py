"""Builds ``Models/face-basis.safetensors`` from ICT-FaceKit: ``python -m mien_training.facefit.build``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import yaml
from safetensors.numpy import save_file
from scipy.optimize import nnls

from ..data import clips, livelink
from ..data.channels import BLENDSHAPES, MIRROR
from ..data.rotation import matrix_from_angles
from ..data.track import data_folder
from .basis import DEFAULT_PATH

#: The head's turning point in ICT-FaceKit's coordinates (cm): where the skull rests on the spine, 3 cm below and 1 cm
#: behind the ear landmarks (0 and 16 of the 68).
PIVOT_ICT_CM = (0.0, 0.7, 2.7)
IDENTITIES = 10
IMAGE_SCALE_PER_METRE = 2.5
#: Excluded whatever the figures: 68 points hold no iris, no tongue and no cheek surface.
EXCLUDED_BY_NATURE = {
    *(name for name in BLENDSHAPES if name.startswith("eyeLook")), "tongueOut", "cheekPuff",
}
#: A coefficient whose effect on the image, after the best imitation by pose and by the other coefficients (none below
#: zero), is smaller than this at full deflection (root sum of squares over the 68 points) is not read from landmarks.
LEAST_UNIQUE_MM = 2.5
#: How far each landmark is trusted in a fit: the contour slides along the cheek.
CONTOUR_WEIGHT = 0.25
#: The expected size of a coefficient stays within this, however rare the shape is in the recordings.
SIZES = (0.1, 0.5)


def load_ict(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (68, 3), expression (52, 68, 3) and identity (N, 68, 3) in metres, origin at the turning point."""
    model = np.load(folder / "face" / "ict_facekit_compact.npz")
    with open(folder / "face" / "vertex_indices.json") as file:
        vertices = np.array(json.load(file)["idx_to_landmark_verts"])
    with open(Path(__file__).with_name("ict_to_arkit.yaml")) as file:
        recipe = yaml.safe_load(file)
    names = [str(name) for name in model["expr_names"]]
    deltas = model["expr"].astype(np.float64)[:, vertices]
    expression = np.zeros((52, 68, 3))
    for i, name in enumerate(BLENDSHAPES):
        for source in recipe[name]:
            expression[i] += deltas[names.index(source)]
    mean = model["neutral"].astype(np.float64)[vertices] - np.array(PIVOT_ICT_CM)
    identity = model["identity"].astype(np.float64)[:IDENTITIES, vertices]
    return mean / 100, expression / 100, identity / 100


def expected_sizes(folder: Path) -> np.ndarray:
    """Root mean square (52,) of each coefficient on real faces, left and right alike: how strongly a fit draws it to 0.

    The clips (MediaPipe) and the Live Link takes (TrueDepth) count the same.
    """
    squares = [
        np.square(np.concatenate([track.values[:, :52] for track in source.load(folder)])).mean(0)
        for source in (clips, livelink)
    ]
    mean = np.mean(squares, axis=0)
    return np.clip(np.sqrt((mean + mean[MIRROR[:52]]) / 2), *SIZES)


def observability(mean: np.ndarray, expression: np.ndarray) -> tuple[dict[str, tuple[float, float]], list[str]]:
    """For each coefficient (effect, unique effect) in mm, and the names excluded.

    Three views (yaw −20°, 0°, +20°) are stacked and weighted as one; each view's six pose and scale directions are free.
    The least unique coefficient is taken out one at a time, since its twin is then read better.
    """
    views = []
    for yaw in (-0.35, 0.0, 0.35):
        rotation = matrix_from_angles(np.array([yaw, 0.0, 0.0]))
        points = mean @ rotation.T
        free = [np.tile(axis, (68, 1)) for axis in np.eye(3)[:2]] + [points]
        free += [np.cross(np.eye(3)[axis], points) for axis in range(3)]
        basis, _ = np.linalg.qr(np.stack([f[:, :2].ravel() for f in free], 1))
        effects = np.einsum("ij,kpj->kpi", rotation, expression)[..., :2].reshape(52, -1)
        views.append(effects - effects @ basis @ basis.T)
    columns = 1000 * np.concatenate(views, 1) / np.sqrt(3)
    figures: dict[str, tuple[float, float]] = {}
    kept = [i for i in range(52) if BLENDSHAPES[i] not in EXCLUDED_BY_NATURE]

    def unique(i: int, others: list[int]) -> float:
        return float(nnls(columns[[j for j in others if j != i]].T, columns[i])[1])

    for i in range(52):
        figures[BLENDSHAPES[i]] = (float(np.linalg.norm(columns[i])), unique(i, kept))
    while True:
        least = min(kept, key=lambda i: unique(i, kept))
        value = unique(least, kept)
        if value >= LEAST_UNIQUE_MM:
            break
        kept.remove(least)
    for i in kept:
        figures[BLENDSHAPES[i]] = (figures[BLENDSHAPES[i]][0], unique(i, kept))
    excluded = [name for i, name in enumerate(BLENDSHAPES) if i not in kept]
    return figures, excluded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder())
    parser.add_argument("--out", type=Path, default=DEFAULT_PATH)
    arguments = parser.parse_args()
    mean, expression, identity = load_ict(arguments.data)
    figures, excluded = observability(mean, expression)
    weight = np.ones(68, dtype=np.float32)
    weight[:17] = CONTOUR_WEIGHT
    metadata = {
        "mien.kind": "face-basis",
        "blendshapes": json.dumps(BLENDSHAPES),
        "excluded": json.dumps(excluded),
        "observability_mm": json.dumps({k: [round(x, 2) for x in v] for k, v in figures.items()}),
        "pivot_ict_cm": json.dumps(PIVOT_ICT_CM),
        "image_scale_per_metre": str(IMAGE_SCALE_PER_METRE),
        "unit": "m",
        "landmarks": "iBUG 68",
        "training_data": "ICT-FaceKit (ICT-VGL), neutral, expression and identity deltas at the 68 landmark vertices; "
        "coefficient_size: MediaPipe clips and Live Link takes",
        "licence": "MIT (ICT-VGL/ICT-FaceKit)",
    }
    tensors = {
        "mean": mean.astype(np.float32),
        "expression": expression.astype(np.float32),
        "identity": identity.astype(np.float32),
        "fit_weight": weight,
        "coefficient_size": expected_sizes(arguments.data).astype(np.float32),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(arguments.out), metadata)
    for name in BLENDSHAPES:
        effect, unique = figures[name]
        print(f"{name:20s} effect {effect:6.1f} mm  unique {unique:5.1f} mm  {'excluded' if name in excluded else ''}")
    print(f"{52 - len(excluded)} observable, {len(excluded)} excluded; wrote {arguments.out}")


if __name__ == "__main__":
    main()
