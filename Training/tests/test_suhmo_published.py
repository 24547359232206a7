"""SUHMo trains on published sets of coefficients by one line of its configuration: tiny made-up files in their layouts."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from mien_training.data.channels import CHANNELS, INDEX  # noqa: E402
from mien_training.facefit.basis import FaceBasis  # noqa: E402
from mien_training.suhmo.config import Config, Data  # noqa: E402
from mien_training.suhmo.data import Windows  # noqa: E402
from mien_training.suhmo.tracks import load  # noqa: E402
from mien_training.suhmo.train import Trainer  # noqa: E402

FRAMES, CLIPS = 112, 3
YAW = 0.2 * np.sin(np.arange(FRAMES) / 5)


def react_at(root: Path, named: bool = True) -> str:
    """Experts turn their heads, novices open their mouths; columns in reverse order of the channels."""
    for split in ("train", "val"):
        rows = ["number,speaker,listener"]
        for clip in range(CLIPS):
            rows.append(f"{clip},NoXI/g{clip}/Expert_video/1,NoXI/g{clip}/Novice_video/1")
            for who, channel in (("Expert", "head_yaw_rad"), ("Novice", "jawOpen")):
                values = np.zeros((FRAMES, 58), np.float32)
                values[:, INDEX[channel]] = 1.5 + YAW if who == "Expert" else 0.5 + YAW
                folder = root / split / "3D_FV_files" / f"NoXI/g{clip}/{who}_video"
                folder.mkdir(parents=True)
                np.save(folder / "1.npy", values[:, None, ::-1])
        (root / f"{split}.csv").write_text("\n".join(rows) + "\n")
    if named:
        (root / "columns.txt").write_text("\n".join(reversed(CHANNELS)))
    return f"react2024:{root}"


def learning2listen_at(root: Path, shapes: bool = True) -> str:
    """Speakers nod about x by a quarter turn and back, listeners open a jaw that only the chin goes along with."""
    for split in ("train", "val"):
        folder = root / "data" / "fallon" / split
        folder.mkdir(parents=True)
        speaker, listener = np.zeros((4, 64, 184)), np.zeros((4, 64, 184))
        speaker[:, :, 50] = 0.3 * np.sin(np.arange(64) / 5)
        listener[:, :, 53] = 0.1 + 0.1 * np.sin(np.arange(64) / 5)
        np.save(folder / "p0_speak_faces_clean_deca.npy", speaker)
        np.save(folder / "p1_list_faces_clean_deca.npy", listener)
    if shapes:
        chin = np.zeros(68)
        chin[8] = 1
        np.savez(
            root / "flame-landmarks.npz", mean=FaceBasis.load().mean, expression=np.zeros((50, 68, 3)),
            jaw_joint=np.zeros(3), jaw_weight=chin,
        )
    return f"learning2listen:{root}:fallon"


def test_react_gives_landmarks_of_both_people_where_its_columns_are_named(tmp_path: Path) -> None:
    training, held_out = load(None, Data(sources={react_at(tmp_path): 1.0}))
    assert len(training) == len(held_out) == 2 * CLIPS and len({s.recording for s in training}) == CLIPS
    found = {s.name: s.landmarks for s in training}
    basis = FaceBasis.load()
    face = np.zeros((FRAMES, 58), np.float32)
    face[:, INDEX["head_yaw_rad"]] = YAW - np.median(YAW)  # a clip's angles are from its median
    assert np.allclose(found["NoXI/g0/Expert_video/1"], basis.image(face), atol=1e-6)
    face = np.zeros((FRAMES, 58), np.float32)
    face[:, INDEX["jawOpen"]] = 0.5 + YAW
    assert np.allclose(found["NoXI/g0/Novice_video/1"], basis.image(face), atol=1e-6)


def test_react_without_names_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="columns.txt: not there; landmarks need the names of REACT 2024's 58 columns"):
        load(None, Data(sources={react_at(tmp_path, named=False): 1.0}))


def test_learning2listen_gives_landmarks_through_flame(tmp_path: Path) -> None:
    training, _ = load(None, Data(sources={learning2listen_at(tmp_path): 1.0}))
    found = {s.name: s.landmarks for s in training}
    speaker, listener = found["fallon/train/0/speaker"], found["fallon/train/0/listener"]
    assert len(training) == 8 and speaker.shape == (53, 68, 2)  # 64 frames at 30 a second are 53 at 25
    still = np.delete(np.arange(68), 8)
    assert np.allclose(listener[:, still], listener[:1, still], atol=1e-6)
    mean, scale = FaceBasis.load().mean, FaceBasis.load().scale_per_metre
    way = listener[:, 8, 1] - (0.5 - scale * (mean[8, 1] * np.cos(0.1) - mean[8, 2] * np.sin(0.1)))
    assert abs(way[0]) < 1e-6 and np.ptp(way) > 0.01  # the jaw turns about x: y cos - z sin
    assert np.ptp(speaker[:, 30, 1]) > 0.1  # the nose goes up and down


def test_learning2listen_without_flame_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="flame-landmarks.npz: not there; .* DECA's, .* FLAME's shapes"):
        load(None, Data(sources={learning2listen_at(tmp_path, shapes=False): 1.0}))
    np.savez(tmp_path / "flame-landmarks.npz", mean=np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r"mean is \(5, 3\), expected \(68, 3\)"):
        load(None, Data(sources={f"learning2listen:{tmp_path}:fallon": 1.0}))


@pytest.mark.parametrize("at", [react_at, learning2listen_at])
def test_one_line_trains_on_conversations(tmp_path: Path, at) -> None:
    config = Config()
    config.model.hidden, config.model.modes, config.discriminator.hidden = 16, 4, 16
    config.train.pairs, config.train.check_starts = 2, 8
    config.data.sources, config.data.pairing = {at(tmp_path): 1.0}, "conversation"
    training, _ = load(None, config.data)
    windows = Windows(training, config.data)
    chosen = np.array([windows.index[0], windows.index[-1]])
    windows._partners(chosen, np.random.default_rng(1))
    assert windows.recordings[chosen[0, 0]] == windows.recordings[chosen[1, 0]] and chosen[0, 0] != chosen[1, 0]
    assert chosen[0, 1] == chosen[1, 1]
    trainer = Trainer(config, windows, windows)
    assert trainer.warm_up_step() > 0 and trainer.check()["frechet"] > 0
    assert trainer.runs == ((40, 80) if "react" in at.__name__ else (40,))  # a segment of Learning2Listen is shorter
