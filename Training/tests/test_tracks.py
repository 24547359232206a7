"""The loaders: axes, sides, gaps, and what counts as sensed."""

import numpy as np
import pytest

from mien_training.data import clips, dyads, livelink, moves, signs
from mien_training.data.channels import BLENDSHAPES, CHANNELS, INDEX, MIRROR_68, mirror_image_landmarks, mirror_values
from mien_training.data.rotation import angles_from_matrix, matrix_from_angles
from mien_training.data.track import data_folder, resample, segments
from mien_training.facefit.basis import FaceBasis

needs_data = pytest.mark.skipif(
    not (data_folder() / "signs").is_dir(), reason="needs the recordings: set MIEN_DATA to their folder"
)


def test_there_are_58_channels_and_no_name_twice():
    assert len(BLENDSHAPES) == 52 and len(set(CHANNELS)) == 58
    assert BLENDSHAPES[17] == "jawOpen" and BLENDSHAPES[51] == "tongueOut"  # Apple's list


def test_angles_follow_the_right_hand_in_head_axes():
    out_of_the_face, to_the_left = np.array([0, 0, 1.0]), np.array([1.0, 0, 0])
    turned_left = matrix_from_angles(np.array([0.3, 0, 0])) @ out_of_the_face
    nodded_down = matrix_from_angles(np.array([0, 0.3, 0])) @ out_of_the_face
    tilted_right = matrix_from_angles(np.array([0, 0, 0.3])) @ to_the_left
    assert turned_left[0] > 0 and nodded_down[1] < 0 and tilted_right[1] > 0
    angles = np.array([[0.4, -0.3, 0.2], [-1.0, 0.7, -0.5]])
    assert np.allclose(angles_from_matrix(matrix_from_angles(angles)), angles)


def test_a_mirrored_track_swaps_sides_and_signs():
    values = np.zeros((1, 58), dtype=np.float32)
    values[0, INDEX["mouthSmileLeft"]] = 0.7
    values[0, INDEX["head_yaw_rad"]] = 0.2
    values[0, INDEX["head_pitch_rad"]] = 0.1
    flipped = mirror_values(values)
    assert flipped[0, INDEX["mouthSmileRight"]] == pytest.approx(0.7)
    assert flipped[0, INDEX["mouthSmileLeft"]] == 0
    assert flipped[0, INDEX["head_yaw_rad"]] == pytest.approx(-0.2)
    assert flipped[0, INDEX["head_pitch_rad"]] == pytest.approx(0.1)
    assert np.allclose(mirror_values(flipped), values)


def test_a_mirrored_track_has_the_mirrored_landmarks():
    basis = FaceBasis.load()
    values = np.zeros((1, 58))
    values[0, INDEX["mouthSmileLeft"]] = 0.8
    values[0, INDEX["browOuterUpRight"]] = 0.5
    values[0, [INDEX["head_yaw_rad"], INDEX["head_roll_rad"]]] = 0.2, -0.1
    expected = mirror_image_landmarks(basis.image(values))
    assert np.allclose(basis.image(mirror_values(values)), expected, atol=2e-4)
    assert np.array_equal(MIRROR_68[MIRROR_68], np.arange(68))


def test_segments_end_at_gaps_and_lost_samples():
    times = np.array([0, 0.1, 0.2, 0.3, 1.3, 1.4, 1.5, 1.6, 1.7])
    usable = np.array([1, 1, 1, 1, 1, 1, 0, 1, 1], bool)
    found = segments(times, usable, longest_gap=0.25, shortest=0.05)
    assert [(s.start, s.stop) for s in found] == [(0, 4), (4, 6), (7, 9)]
    assert segments(times, usable, longest_gap=0.25, shortest=0.2) == [slice(0, 4)]


def test_resampling_follows_the_time_stamps():
    times = np.array([0.0, 0.05, 0.13, 0.2, 0.26, 0.4])
    at = np.linspace(0, 0.4, 11)
    assert np.allclose(resample(times, (3 * times)[:, None], at)[:, 0], 3 * at)


def test_milliseconds_without_leading_zeros_are_repaired():
    true = np.arange(0, 6.0, 0.063)
    clock = np.rint((true + 0.417) * 1000).astype(int)
    written = np.array([float(f"{ms // 1000}.{ms % 1000}") for ms in clock])
    repaired, count = signs.repair_times(written - written[0])
    assert (np.diff(repaired) > 0).all()
    assert np.allclose(repaired, true, atol=1.5e-3)
    assert count == sum(ms % 1000 < 100 and ms % 1000 > 0 for ms in clock)


def test_live_link_timecodes_are_hours_minutes_seconds_and_frames():
    assert livelink.seconds("01:02:03:30.0") == pytest.approx(3723.5)


def test_live_link_columns_are_matched_by_name(tmp_path):
    names = [name[0].upper() + name[1:] for name in BLENDSHAPES]
    i, j = names.index("JawLeft"), names.index("JawRight")
    names[i], names[j] = names[j], names[i]
    row = ["00:00:00:00.0", "61"] + [str(k / 100) for k in range(52)]
    path = tmp_path / "take.csv"
    path.write_text(",".join(["Timecode", "BlendShapeCount", *names]) + "\n" + ",".join(row) + "\n")
    _, values = livelink.read(path)
    assert values[0, INDEX["jawRight"]] == pytest.approx(i / 100)
    assert values[0, INDEX["jawLeft"]] == pytest.approx(j / 100)


def test_a_live_link_take_without_a_shape_is_refused(tmp_path):
    path = tmp_path / "take.csv"
    path.write_text("Timecode,BlendShapeCount,JawOpen\n00:00:00:00.0,61,0.5\n")
    with pytest.raises(ValueError, match="no column for eyeBlinkLeft"):
        livelink.read(path)


def test_robot_angles_are_the_same_three_turns():
    angles = moves.head_angles(np.array([[10.0, 20.0, 30.0]]))
    assert np.allclose(np.degrees(angles), [[30, 20, 10]])  # yaw, pitch, roll
    roll, pitch, yaw = np.radians([10.0, 20.0, 30.0])
    rx = np.array([[1, 0, 0], [0, np.cos(roll), -np.sin(roll)], [0, np.sin(roll), np.cos(roll)]])
    ry = np.array([[np.cos(pitch), 0, np.sin(pitch)], [0, 1, 0], [-np.sin(pitch), 0, np.cos(pitch)]])
    rz = np.array([[np.cos(yaw), -np.sin(yaw), 0], [np.sin(yaw), np.cos(yaw), 0], [0, 0, 1]])
    robot = rz @ ry @ rx  # x forward, y left, z up
    to_head = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]], float)  # rows: left, up, forward in robot axes
    assert np.allclose(matrix_from_angles(angles)[0], to_head @ robot @ to_head.T)


@needs_data
def test_no_moves_shake_and_yes_moves_nod():
    tracks = {t.name: t for t in moves.load(data_folder())}

    def speed(name):
        return np.diff(tracks[name].values[:, 52:55], axis=0).std(0)

    for name in ("no1", "no_excited1", "no_sad1"):
        assert speed(name)[0] == speed(name).max()
    for name in ("yes1", "yes_excited1", "yes_sad1"):
        assert speed(name)[1] == speed(name).max()
    assert tracks["sad1"].values[:, 53].mean() > 0.1, "sad looks down: pitch is positive"
    assert tracks["serenity1"].values[:, 53].mean() < -0.1, "serene looks up"


@needs_data
def test_signers_nod_affirmations_and_shake_negations():
    basis = FaceBasis.load()

    def speeds(name):
        file = np.load(data_folder() / "signs" / f"{name}.npz")
        fit, _, _ = signs.fit_take(file["points"], basis)
        return np.diff(fit.angles, axis=0)[file["label"][1:] > 0].std(0)

    yes, no = speeds("a_affirmative"), speeds("a_negative")
    assert yes[1] > 2 * yes[0], "pitch moves fastest in an affirmation"
    assert no[0] > 2 * no[1], "yaw moves fastest in a negation"


@needs_data
def test_the_kinect_left_eye_becomes_the_left_eye():
    file = np.load(data_folder() / "signs" / "a_topics.npz")
    seen, usable = signs.landmarks(file["points"])
    mean = seen[usable].mean(0)
    assert mean[45, 0] > mean[42, 0] > mean[39, 0] > mean[36, 0], "left is at larger x"
    assert mean[24, 1] > mean[44, 1] > mean[57, 1] > mean[8, 1], "brow, eye, lip, chin from top to bottom"
    shape = FaceBasis.load().mean[:, :2]
    inner = slice(17, 68)
    correlation = np.corrcoef((mean[inner] - mean[inner].mean(0)).ravel(), (shape[inner] - shape[inner].mean(0)).ravel())
    assert correlation[0, 1] > 0.97


@needs_data
def test_stamps_of_the_signs_only_grow():
    for name in ("a_affirmative", "b_topics"):
        times, _ = signs.repair_times(np.load(data_folder() / "signs" / f"{name}.npz")["t"])
        assert (np.diff(times) > 0).all()


@needs_data
def test_partners_of_a_dyad_are_in_sync_and_have_no_head():
    dyad = dyads.load(data_folder())[0]
    assert len(dyad.a) == len(dyad.b) == len(dyad.a.extra["motion_energy"])
    assert not dyad.a.sensed[52:].any() and dyad.a.sensed[INDEX["mouthSmileLeft"]]
    file = np.load(data_folder() / "dyads" / f"{dyad.name}.npz")
    # Frames 0, 6, 12… of 30 fps fall on frames 0, 5, 10… of 25 fps: there nothing is interpolated.
    au12 = file["a"][::6, 1] / 5
    assert np.allclose(dyad.a.values[::5, INDEX["mouthSmileRight"]][: len(au12)], au12, atol=1e-6)


@needs_data
def test_clips_match_their_blendshapes_by_name():
    track = next(t for t in clips.load(data_folder()) if t.name == "portrait_d9")
    file = np.load(data_folder() / "clips" / "portrait_d9.npz")
    column = [str(n) for n in file["names"]].index("jawOpen")
    assert track.values[0, INDEX["jawOpen"]] == pytest.approx(float(file["blendshapes"][0, column]), abs=1e-3)
    assert not track.sensed[INDEX["tongueOut"]]
