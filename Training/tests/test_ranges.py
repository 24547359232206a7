"""The ranges of the training data."""

import numpy as np

from mien_training.data.channels import INDEX
from mien_training.ranges import centred, extent


def test_a_face_and_its_mirror_image_both_count() -> None:
    track = np.zeros((3, 58))
    track[1, INDEX["mouthSmileLeft"]] = 0.7
    track[2, INDEX["head_yaw_rad"]] = 0.2
    found = extent([track])
    assert found["frames"] == 3
    assert found["most"]["mouthSmileRight"] == found["most"]["mouthSmileLeft"] == 0.7
    assert (found["least"]["head_yaw_rad"], found["most"]["head_yaw_rad"]) == (-0.2, 0.2)


def test_a_head_is_taken_from_its_median_and_a_coefficient_is_not() -> None:
    track = np.zeros((3, 58))
    track[:, INDEX["head_pitch_rad"]] = [0.1, 0.3, 0.4]
    track[:, INDEX["jawOpen"]] = 0.5
    moved = centred(track)
    np.testing.assert_allclose(moved[:, INDEX["head_pitch_rad"]], [-0.2, 0, 0.1])
    np.testing.assert_allclose(moved[:, INDEX["jawOpen"]], 0.5)
