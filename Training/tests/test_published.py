"""Other groups' sets are read in the layouts that they are published in: tiny made-up files."""

import json
from pathlib import Path

import numpy as np
import pytest

from mien_training.data import published, video
from mien_training.data.channels import CHANNELS


def test_react_gives_each_clip_from_both_sides(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("number,speaker,listener\n0,NoXI/g/Expert_video/1,NoXI/g/Novice_video/1\n")
    for who, value in (("Expert", 1.0), ("Novice", 2.0)):
        for kind in ("3D_FV_files", "Emotion"):
            (tmp_path / f"train/{kind}/NoXI/g/{who}_video").mkdir(parents=True)
        np.save(tmp_path / f"train/3D_FV_files/NoXI/g/{who}_video/1.npy", np.full((751, 1, 58), value))
        attributes = "\n".join([",".join(f"a{i}" for i in range(25)), *[",".join([str(value)] * 25)] * 751])
        (tmp_path / f"train/Emotion/NoXI/g/{who}_video/1.csv").write_text(attributes)
    np.save(tmp_path / "mean_face.npy", np.full((1, 1, 58), 0.25))
    pairs = published.react(tmp_path, "train", tmp_path / "mean_face.npy")
    assert [(pair.speaker[0, 0], pair.listener[0, 0]) for pair in pairs] == [(0.75, 1.75), (1.75, 0.75)]
    assert pairs[0].speaker.shape == (751, 58) and len(pairs[0].columns) == 58 and pairs[0].fps == 25
    assert pairs[1].listener_attributes.shape == (751, 25) and pairs[1].listener_attributes[0, 0] == 1


def test_learning2listen_knows_who_sits_where(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "fallon" / "train"
    folder.mkdir(parents=True)
    np.save(folder / "p0_speak_faces_clean_deca.npy", np.ones((3, 64, 184)))
    np.save(folder / "p1_list_faces_clean_deca.npy", np.zeros((3, 64, 184)))
    np.save(folder / "p0_speak_audio_clean_deca.npy", np.ones((3, 256, 128)))
    pairs = published.learning2listen(tmp_path, "fallon", "train")
    assert len(pairs) == 3 and pairs[0].speaker.shape == (64, 56) and pairs[0].speaker[0, 0] == 1
    assert pairs[0].listener.max() == 0 and pairs[0].audio.shape == (256, 128) and len(pairs[0].columns) == 56
    with pytest.raises(ValueError, match="expected one of conan"):
        published.learning2listen(tmp_path, "letterman", "train")


def test_confer_keeps_both_people_of_a_recording(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    clips = np.zeros((2, 2, 60, 68, 2))
    clips[1, 1] = 90
    with h5py.File(tmp_path / "landmark_dataset.hdf5", "w") as file:
        file["landmark_db"] = clips
    found = published.confer(tmp_path / "landmark_dataset.hdf5")
    assert [recording for _, recording, _ in found] == ["clip0", "clip0", "clip1", "clip1"]
    assert found[3][0] == "clip1/b" and found[3][2].max() == 0.5
    with h5py.File(tmp_path / "other.hdf5", "w") as file:
        file["landmarks"] = clips
    (tmp_path / "text.hdf5").write_text("landmark_db")
    for name in ("other.hdf5", "text.hdf5"):
        with pytest.raises(ValueError, match=f"{name}: expected an HDF5 file of landmark_db"):
            published.confer(tmp_path / name)


def test_voxceleb2_keeps_its_test_speakers_out(tmp_path: Path) -> None:
    for who in ("id00019", "id01234"):
        (tmp_path / who).mkdir()
        (tmp_path / who / "talk_00001_coord.json").write_text(json.dumps(np.full((50, 68, 2), 112).tolist()))
    (training,) = published.voxceleb2(tmp_path)
    (test,) = published.voxceleb2(tmp_path, test=True)
    assert training[0] == "id01234/talk_00001" and test[1] == "id00019"
    assert training[2].shape == (50, 68, 2) and training[2].max() == 0.5


def test_a_configuration_names_a_published_set_in_one_line(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")  # noqa: F841
    from mien_training.suhmo.config import Data
    from mien_training.suhmo.tracks import load

    for who in ("id00019", "id01234", "id01235"):
        (tmp_path / who).mkdir()
        moving = 112 + np.arange(60)[:, None, None] * 0.1 + np.arange(136).reshape(68, 2) / 3
        (tmp_path / who / "talk_coord.json").write_text(json.dumps(moving.tolist()))
    training, held_out = load(None, Data(sources={f"voxceleb2:{tmp_path}": 1.0}))
    assert [s.name for s in training] == ["id01234/talk"] and [s.name for s in held_out] == ["id01235/talk"]
    assert training[0].source == f"voxceleb2:{tmp_path}"


def test_a_video_becomes_a_track_with_gaps_where_no_face_was(tmp_path: Path) -> None:
    turned = np.eye(4)
    turned[:3, 3] = [0, 0, -40]
    table = video.rows([0.0, 0.04, 0.08], [({"_neutral": 0.9, "jawOpen": 0.5}, turned), None, ({"jawOpen": 0.25}, turned)])
    video.write(tmp_path / "talk.csv", table)
    lines = (tmp_path / "talk.csv").read_text().splitlines()
    names = lines[0].split(",")
    assert names[0] == "time_s" and set(names[1:]) == set(CHANNELS) - {"tongueOut"}
    cells = [dict(zip(names, line.split(","))) for line in lines[1:]]
    assert (cells[0]["jawOpen"], cells[1]["jawOpen"], cells[2]["jawOpen"]) == ("0.5", "", "0.25")
    assert float(cells[0]["head_yaw_rad"]) == 0 and float(cells[2]["head_z_m"]) == 0
