"""Writes the golden pairs of FaceFit: ``python -m mien_training.facefit.golden``.

Synthesis by numpy, fits by scipy's trust-region solver, both from the shipped basis and from fixed random frames, so that
Swift is checked by code it shares nothing with.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from ..data.channels import BLENDSHAPES
from ..data.rotation import matrix_from_angles
from .basis import FaceBasis
from .fit import LANDMARK_ERROR_M

FRAMES = 16
NOISE_M = 0.0005
DEFAULT_OUT = Path(__file__).resolve().parents[3] / "Tests" / "FaceFitTests" / "Golden" / "face-fit.safetensors"


def random_frames(basis: FaceBasis, rng: np.random.Generator) -> np.ndarray:
    """Frames with a few large coefficients each and heads turned up to about 25 degrees."""
    values = np.zeros((FRAMES, 58))
    amounts = rng.uniform(0.1, 0.9, (FRAMES, 52)) * (rng.random((FRAMES, 52)) < 0.15)
    values[:, :52] = amounts * basis.observable
    values[:, BLENDSHAPES.index("mouthClose")] = np.minimum(values[:, 18], values[:, BLENDSHAPES.index("jawOpen")])
    values[:, 52:55] = rng.normal(0, 0.2, (FRAMES, 3))
    values[:, 55:58] = rng.normal(0, 0.03, (FRAMES, 3))
    return values


def scipy_fit(points: np.ndarray, basis: FaceBasis, truth: np.ndarray) -> np.ndarray:
    """58 values for points (68, 2 or 3): metres for three numbers, metres times the image scale (y up) for two."""
    dimension = points.shape[1]
    active = np.flatnonzero(basis.observable)
    root = np.sqrt(basis.fit_weight.astype(float))[:, None]
    ridge = LANDMARK_ERROR_M / basis.coefficient_size[active].astype(float)
    expression = basis.expression[active].astype(float)
    known = 1.0 if dimension == 3 else basis.scale_per_metre
    reference = known

    def parts(x: np.ndarray) -> tuple[np.ndarray, float, np.ndarray, np.ndarray]:
        return Rotation.from_rotvec(x[:3]).as_matrix(), known * np.exp(x[3]), x[4 : 4 + dimension], x[4 + dimension :]

    def cost(x: np.ndarray) -> np.ndarray:
        rotation, scale, offset, c = parts(x)
        q = basis.mean + np.tensordot(c, expression, 1)
        error = (points - offset - scale * (q @ rotation.T)[:, :dimension]) / reference
        return np.concatenate([(root * error).ravel(), ridge * c])

    start = np.concatenate(
        [
            Rotation.from_matrix(matrix_from_angles(truth[52:55])).as_rotvec(), [0.0],
            known * truth[55 : 55 + dimension], np.clip(truth[:52][active], 0.02, 0.98),
        ]
    )
    free = 4 + dimension
    bounds = (
        np.r_[np.full(free, -np.inf), np.zeros(len(active))], np.r_[np.full(free, np.inf), np.ones(len(active))]
    )
    for _ in range(3):
        found = least_squares(cost, start, bounds=bounds, xtol=1e-14, ftol=1e-14, gtol=1e-14, x_scale="jac")
        start = np.clip(found.x, bounds[0] + 1e-9, bounds[1] - 1e-9)
        reference = parts(found.x)[1]
    rotation, scale, offset, c = parts(found.x)
    values = np.zeros(58)
    values[active] = c
    values[52:55] = [
        np.arctan2(rotation[0, 2], rotation[2, 2]), np.arcsin(-rotation[1, 2]), np.arctan2(rotation[1, 0], rotation[1, 1])
    ]
    values[55 : 55 + dimension] = offset / (scale if dimension == 2 else 1)
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT)
    arguments = parser.parse_args()
    basis = FaceBasis.load()
    rng = np.random.default_rng(68)
    values = random_frames(basis, rng).astype(np.float32)
    landmarks = basis.landmarks(values.astype(float))
    image = basis.project(landmarks)
    noisy = (landmarks + rng.normal(0, NOISE_M, landmarks.shape)).astype(np.float32)
    noisy_image = basis.project(noisy)
    upright = np.stack([noisy_image[..., 0] - 0.5, 0.5 - noisy_image[..., 1]], -1).astype(float)
    tensors = {
        "values": values,
        "landmarks": landmarks.astype(np.float32),
        "image": image,
        "noisy_landmarks": noisy,
        "noisy_image": noisy_image,
        "fit_of_image": np.stack([scipy_fit(p, basis, v) for p, v in zip(upright, values)]).astype(np.float32),
        "fit_in_space": np.stack([scipy_fit(p.astype(float), basis, v) for p, v in zip(noisy, values)]).astype(np.float32),
    }
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, str(arguments.out), {"mien.kind": "golden", "made_by": "mien_training.facefit.golden"})
    arguments.out.chmod(0o644)
    print(f"wrote {arguments.out}")


if __name__ == "__main__":
    main()
