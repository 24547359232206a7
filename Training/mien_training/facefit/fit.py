"""Fits the face basis to 2-D landmarks, many frames at once: pose and scale freely, coefficients between 0 and 1.

The start is closed form: the affine camera by least squares, its nearest scaled rotation by SVD (weak perspective).
Then Gauss-Newton steps solve pose, scale and coefficients together as one bounded least-squares problem, by coordinate
descent on the normal equations. ``FaceFit`` in Swift does the same for one frame with an active set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..data.rotation import angles_from_matrix
from .basis import FaceBasis

#: Expected landmark error (model and detector), metres on the face. Over the expected size of a coefficient
#: (``FaceBasis.coefficient_size``) it says how strongly the fit draws that coefficient to 0.
LANDMARK_ERROR_M = 0.0012


@dataclass
class Fit:
    """What a fit found, frame by frame."""

    rotation: np.ndarray  # (T, 3, 3)
    scale: np.ndarray  # (T,) image units per metre
    offset: np.ndarray  # (T, 2) image position of the head's turning point
    coefficients: np.ndarray  # (T, 52)
    residual: np.ndarray  # (T,) weighted rms distance in metres

    @property
    def angles(self) -> np.ndarray:
        return angles_from_matrix(self.rotation)


def weak_perspective(
    points: np.ndarray, shape: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Closed-form scaled orthographic pose. ``points`` (T, 68, 2) y up, ``shape`` (T or 1, 68, 3), weight (68,)."""
    shape = np.broadcast_to(shape, points.shape[:-1] + (3,))
    w = (weight / weight.sum())[:, None]
    mean_p, mean_q = (points * w).sum(-2, keepdims=True), (shape * w).sum(-2, keepdims=True)
    p, q = points - mean_p, shape - mean_q
    cross, spread = np.swapaxes(p * w, -1, -2) @ q, np.swapaxes(q * w, -1, -2) @ q
    affine = np.swapaxes(np.linalg.solve(spread, np.swapaxes(cross, -1, -2)), -1, -2)
    u, s, vt = np.linalg.svd(affine, full_matrices=False)
    rows = u @ vt
    rotation = np.concatenate([rows, np.cross(rows[..., 0, :], rows[..., 1, :])[..., None, :]], -2)
    scale = s.mean(-1)
    offset = mean_p[..., 0, :] - scale[..., None] * (rows @ np.swapaxes(mean_q, -1, -2))[..., 0]
    return rotation, scale, offset


def _rodrigues(vector: np.ndarray) -> np.ndarray:
    angle = np.linalg.norm(vector, axis=-1)[..., None, None] + 1e-12
    x, y, z = np.moveaxis(vector, -1, 0)
    zero = np.zeros_like(x)
    k = np.stack([np.stack([zero, -z, y], -1), np.stack([z, zero, -x], -1), np.stack([-y, x, zero], -1)], -2)
    k = k / angle
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * (k @ k)


def fit_landmarks(
    points: np.ndarray, basis: FaceBasis, weight: np.ndarray | None = None, neutral: np.ndarray | None = None,
    rounds: int = 5, sweeps: int = 25, use_coefficients: bool = True, chunk: int = 512,
) -> Fit:
    """Fits (T, 68, 2) landmarks: x towards the subject's left, y up, any unit; ``neutral`` (68, 3) replaces the mean."""
    weight = basis.fit_weight.astype(float) if weight is None else weight * basis.fit_weight
    if len(points) > chunk:
        trust = weight / basis.fit_weight
        parts = [
            fit_landmarks(points[i : i + chunk], basis, trust, neutral, rounds, sweeps, use_coefficients)
            for i in range(0, len(points), chunk)
        ]
        return Fit(*[np.concatenate([getattr(p, k) for p in parts]) for k in Fit.__dataclass_fields__])
    active = np.flatnonzero(basis.observable) if use_coefficients else np.zeros(0, int)
    neutral = basis.mean if neutral is None else neutral
    expression = basis.expression[active].astype(float)
    count, k = len(points), len(active)
    rotation, scale, offset = weak_perspective(points, neutral, weight)
    c = np.zeros((count, k))
    ridge = (LANDMARK_ERROR_M / basis.coefficient_size[active].astype(float)) ** 2
    root = np.sqrt(weight)[None, :, None]
    for _ in range(rounds):
        q = neutral + np.tensordot(c, expression, 1)
        turned = np.einsum("tij,tpj->tpi", rotation, q)
        seen = (points - offset[:, None]) / scale[:, None, None]
        error = (seen - turned[..., :2]) * root
        # Columns: rotation about the image's x, y, z; scale; offset x, y; then the coefficients.
        jacobian = np.empty((count, 68, 2, 6 + k))
        zero = np.zeros_like(turned[..., 0])
        jacobian[..., 0] = np.stack([zero, -turned[..., 2]], -1)
        jacobian[..., 1] = np.stack([turned[..., 2], zero], -1)
        jacobian[..., 2] = np.stack([-turned[..., 1], turned[..., 0]], -1)
        jacobian[..., 3] = turned[..., :2]
        jacobian[..., 4] = np.array([1.0, 0.0])
        jacobian[..., 5] = np.array([0.0, 1.0])
        jacobian[..., 6:] = np.einsum("tij,kpj->tpik", rotation[:, :2], expression)
        jacobian *= root[..., None]
        j = jacobian.reshape(count, 136, 6 + k)
        hessian = np.swapaxes(j, 1, 2) @ j
        gradient = np.einsum("tnk,tn->tk", j, error.reshape(count, 136))
        x = np.zeros((count, 6 + k))
        x[:, 6:] = c
        gradient = gradient + np.einsum("tij,tj->ti", hessian, x)
        hessian[:, range(6, 6 + k), range(6, 6 + k)] += ridge
        pose_inverse = np.linalg.inv(hessian[:, :6, :6])
        for _ in range(sweeps):
            right = gradient[:, :6] - np.einsum("tij,tj->ti", hessian[:, :6, 6:], x[:, 6:])
            x[:, :6] = np.einsum("tij,tj->ti", pose_inverse, right)
            for i in range(6, 6 + k):
                slope = gradient[:, i] - np.einsum("tj,tj->t", hessian[:, i], x)
                x[:, i] = np.clip(x[:, i] + slope / hessian[:, i, i], 0, 1)
        right = gradient[:, :6] - np.einsum("tij,tj->ti", hessian[:, :6, 6:], x[:, 6:])
        x[:, :6] = np.einsum("tij,tj->ti", pose_inverse, right)
        step = np.linalg.norm(x[:, :3], axis=1, keepdims=True)
        x[:, :3] *= np.minimum(1, 0.5 / np.maximum(step, 1e-9))
        c = x[:, 6:]
        rotation = _rodrigues(x[:, :3]) @ rotation
        offset = offset + scale[:, None] * x[:, 4:6]
        scale = scale * np.exp(np.clip(x[:, 3], -0.3, 0.3))
    q = neutral + np.tensordot(c, expression, 1)
    seen = (points - offset[:, None]) / scale[:, None, None]
    error = seen - np.einsum("tij,tpj->tpi", rotation[:, :2], q)
    residual = np.sqrt((weight[None, :, None] * error**2).sum((1, 2)) / weight.sum())
    coefficients = np.zeros((count, 52))
    coefficients[:, active] = c
    return Fit(rotation, scale, offset, coefficients, residual)


def fit_neutral(
    points: np.ndarray, basis: FaceBasis, weight: np.ndarray | None = None, rounds: int = 5, most_frames: int = 160,
) -> np.ndarray:
    """The neutral landmarks (68, 3) of one person in one take, from about ``most_frames`` frames spread over it.

    Identity components (unit Gaussian prior), then what they leave: the mean residual of each landmark in the head's own
    axes, and the expression that the person never loses (the 10th percentile of each coefficient), so that a face at
    rest has coefficients near zero.
    """
    points = points[:: max(1, len(points) // most_frames)]
    full = basis.fit_weight if weight is None else weight * basis.fit_weight
    identity, offset = np.zeros(len(basis.identity)), np.zeros((68, 3))
    components = basis.identity.astype(float)
    for round_ in range(rounds):
        neutral = basis.shape(np.zeros(52), identity) + offset
        fit = fit_landmarks(points, basis, weight, neutral)
        good = fit.residual < 2 * np.median(fit.residual)
        rows = fit.rotation[good, :2]
        seen = (points - fit.offset[:, None]) / fit.scale[:, None, None]
        q = neutral + np.tensordot(fit.coefficients, basis.expression, 1)
        error = seen[good] - np.einsum("tij,tpj->tpi", rows, q[good])
        if round_ < 2:
            j = np.einsum("tij,npj->tpin", rows, components) * np.sqrt(full)[None, :, None, None]
            j = j.reshape(-1, len(identity))
            right = j.T @ (error * np.sqrt(full)[None, :, None]).ravel() / good.sum()
            hessian = j.T @ j / good.sum()
            ridge = (3 * LANDMARK_ERROR_M) ** 2 * np.eye(len(identity))
            identity = np.linalg.solve(hessian + ridge, right + hessian @ identity)
            continue
        offset = offset + np.tensordot(np.percentile(fit.coefficients[good], 10, axis=0), basis.expression, 1)
        normal = np.einsum("tij,tik->jk", rows, rows) / good.sum() + 0.05 * np.eye(3)
        right = np.einsum("tij,tpi->pj", rows, error) / good.sum()
        offset = offset + np.linalg.solve(normal, right.T).T
    return basis.shape(np.zeros(52), identity) + offset
