"""The face basis and the fit in Python."""

import numpy as np

from mien_training.data.channels import BLENDSHAPES, INDEX
from mien_training.facefit.basis import FaceBasis
from mien_training.facefit.fit import fit_landmarks, fit_neutral, weak_perspective


def image_points(basis, values, neutral=None):
    image = basis.image(values, neutral)
    return np.stack([image[..., 0], -image[..., 1]], -1).astype(float)


def test_the_neutral_face_is_of_human_size():
    basis = FaceBasis.load()
    assert 0.08 < np.linalg.norm(basis.mean[45] - basis.mean[36]) < 0.10
    assert basis.mean[45, 0] > 0 and basis.mean[27, 1] > basis.mean[8, 1] and basis.mean[30, 2] > basis.mean[0, 2]


def test_each_shape_moves_its_own_side():
    basis = FaceBasis.load()
    for name, left, right in (("mouthSmile", 54, 48), ("eyeBlink", 43, 38), ("browDown", 24, 19)):
        for side, own, other in (("Left", left, right), ("Right", right, left)):
            delta = np.linalg.norm(basis.expression[BLENDSHAPES.index(name + side)], axis=1)
            assert delta[own] > 5 * delta[other]


def test_weak_perspective_is_exact_for_a_rigid_face():
    basis = FaceBasis.load()
    values = np.zeros((1, 58))
    values[0, 52:58] = 0.3, -0.2, 0.1, 0.02, -0.01, 0
    rotation, scale, offset = weak_perspective(image_points(basis, values), basis.mean, basis.fit_weight.astype(float))
    assert np.isclose(scale[0], 2.5, rtol=1e-4)
    assert np.allclose(offset[0], [0.5 + 2.5 * 0.02, -0.5 - 2.5 * 0.01], atol=1e-4)


def test_a_fit_finds_pose_and_smile():
    basis = FaceBasis.load()
    values = np.zeros((3, 58))
    values[:, INDEX["mouthSmileLeft"]] = values[:, INDEX["mouthSmileRight"]] = 0.0, 0.4, 0.8
    values[:, INDEX["head_yaw_rad"]] = -0.3, 0, 0.3
    fit = fit_landmarks(image_points(basis, values), basis, rounds=8, sweeps=60)
    assert np.abs(fit.angles - values[:, 52:55]).max() < 0.01
    assert np.abs(fit.coefficients[:, INDEX["mouthSmileLeft"]] - values[:, INDEX["mouthSmileLeft"]]).max() < 0.15


def test_a_neutral_face_is_learned_from_a_take():
    basis = FaceBasis.load()
    rng = np.random.default_rng(1)
    values = np.zeros((60, 58))
    values[:, 52:55] = rng.normal(0, 0.1, (60, 3))
    values[::3, INDEX["jawOpen"]] = 0.4
    points = image_points(basis, values, np.array([1.0, -1.0, 0.5, 0, 0, 1, 0, 0, 0, 0]))
    plain = fit_landmarks(points, basis)
    known = fit_landmarks(points, basis, neutral=fit_neutral(points, basis))
    rest = np.arange(60) % 3 != 0
    assert known.coefficients[rest].mean() < 0.5 * plain.coefficients[rest].mean()
    assert np.median(known.residual) < 0.3 * np.median(plain.residual)
