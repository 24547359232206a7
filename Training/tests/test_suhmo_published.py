"""SUHMo trains on published sets of coefficients by one line of its configuration: tiny made-up files in their layouts."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from mien_training.data.channels import CHANNELS, INDEX  # noqa: E402
from mien_training.facefit.basis import FaceBasis  # noqa: E402
from mien_training.suhmo import tracks  # noqa: E402
from mien_training.suhmo.config import Config, Data  # noqa: E402
from mien_training.suhmo.data import Windows  # noqa: E402
from mien_training.suhmo.study import STUDY  # noqa: E402
from mien_training.suhmo.tracks import load  # noqa: E402
from mien_training.suhmo.train import Trainer  # noqa: E402

FRAMES, CLIPS = 112, 3
YAW = 0.2 * np.sin(np.arange(FRAMES) / 5)


def react_at(root: Path, named: bool = True, parts: dict[str, int] = {"train": CLIPS, "val": CLIPS}) -> str:
    """Experts turn their heads, novices open their mouths; columns in reverse order of the channels. `parts`: how many clips
    each has, named NoXI/g0 and on in the training part, and after theirs in the others."""
    for split, clips in parts.items():
        group = {"train": "g"}.get(split, split)
        rows = ["number,speaker,listener"]
        for clip in range(clips):
            rows.append(f"{clip},NoXI/{group}{clip}/Expert_video/1,NoXI/{group}{clip}/Novice_video/1")
            for who, channel in (("Expert", "head_yaw_rad"), ("Novice", "jawOpen")):
                values = np.zeros((FRAMES, 58), np.float32)
                values[:, INDEX[channel]] = 1.5 + YAW if who == "Expert" else 0.5 + YAW
                folder = root / split / "3D_FV_files" / f"NoXI/{group}{clip}/{who}_video"
                folder.mkdir(parents=True)
                np.save(folder / "1.npy", values[:, None, ::-1])
        (root / f"{split}.csv").write_text("\n".join(rows) + "\n")
    if named:
        (root / "columns.txt").write_text("\n".join(reversed(CHANNELS)))
    return f"react2024:{root}"


def learning2listen_at(
    root: Path, shapes: bool = True, parts: dict[str, int] = {"train": 4, "val": 4}, frames: int = 64, lively: bool = False
) -> str:
    """Speakers nod about x by a quarter turn and back, listeners open a jaw that only the chin goes along with; of lively ones
    the 50 expressions move all points, too. `parts`: how many segments each has."""
    random = np.random.default_rng(4)
    rates, expression = random.uniform(0.1, 0.4, 50), lively * random.normal(scale=3e-3, size=(50, 68, 3))
    for split, segments in parts.items():
        folder = root / "data" / "fallon" / split
        folder.mkdir(parents=True)
        speaker, listener = np.zeros((segments, frames, 184)), np.zeros((segments, frames, 184))
        speaker[:, :, :50] = listener[:, :, :50] = np.sin(np.arange(frames)[:, None] * rates)
        speaker[:, :, 50] = 0.3 * np.sin(np.arange(frames) / 5)
        listener[:, :, 53] = 0.1 + 0.1 * np.sin(np.arange(frames) / 5)
        np.save(folder / "p0_speak_faces_clean_deca.npy", speaker)
        np.save(folder / "p1_list_faces_clean_deca.npy", listener)
    if shapes:
        chin = np.zeros(68)
        chin[8] = 1
        np.savez(
            root / "flame-landmarks.npz", mean=FaceBasis.load().mean, expression=expression,
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


def voxceleb2_at(root: Path, speakers: tuple[str, ...]) -> str:
    """Two videos of each speaker, whose face moves steadily to the right."""
    moving = 112 + np.arange(9)[:, None, None] * 0.1 + np.arange(136).reshape(68, 2) / 3
    for who in speakers:
        (root / who).mkdir(parents=True)
        for video in "ab":
            (root / who / f"{video}_coord.json").write_text(json.dumps(moving.tolist()))
    return f"voxceleb2:{root}"


def names(source: str, test: bool = False) -> tuple[set[str], set[str]]:
    """Recordings, or speakers, that are trained on, and those of validation or of the test."""
    return tuple({s.recording for s in part} for part in load(None, Data(sources={source: 1.0}), test))


@pytest.mark.parametrize(
    ("at", "name"), [(react_at, "NoXI/{}{}/Expert_video/1"), (learning2listen_at, "fallon/{}/{}")], ids=["react2024", "learning2listen"]
)
def test_a_part_of_the_set_is_its_own_and_the_test_part_is_for_a_test_alone(tmp_path: Path, at, name: str) -> None:
    first = "g" if at is react_at else "train"
    of = lambda part, *numbers: {name.format(part, n) for n in numbers}  # noqa: E731
    whole = at(tmp_path / "whole", parts={"train": 2, "val": 1, "test": 1})
    assert names(whole) == (of(first, 0, 1), of("val", 0))
    assert names(whole, test=True) == (of(first, 0, 1), of("test", 0))
    without = at(tmp_path / "without", parts={"train": 10, "test": 1})
    assert names(without) == (of(first, *range(8)), of(first, 8, 9))
    assert names(without, test=True) == (of(first, *range(8)), of("test", 0))


@pytest.mark.parametrize("at", [react_at, learning2listen_at])
def test_a_part_that_is_not_there_is_said(tmp_path: Path, at) -> None:
    source = at(tmp_path, parts={"train": 1})
    with pytest.raises(ValueError, match="to train on: 1; expected at least 2, of which one is held out, since there is no val"):
        names(source)
    with pytest.raises(ValueError, match="no part test is there"):
        names(at(tmp_path / "two", parts={"train": 2}), test=True)
    with pytest.raises(ValueError, match="no part train is there"):
        names(at(tmp_path / "late", parts={"test": 2}))


def test_voxceleb2_holds_speakers_of_its_own_out_and_its_test_speakers_for_a_test(tmp_path: Path) -> None:
    speakers = tuple(f"id{n:05d}" for n in range(100, 110))
    source = voxceleb2_at(tmp_path / "vox", (*speakers, "id00019", "id00587"))
    assert names(source) == (set(speakers[:8]), set(speakers[8:]))
    assert names(source, test=True) == (set(speakers[:8]), {"id00019", "id00587"})
    assert len(load(None, Data(sources={source: 1.0}))[1]) == 4  # both videos of either
    with pytest.raises(ValueError, match="to train on: 1; expected at least 2"):
        names(voxceleb2_at(tmp_path / "one", ("id00100", "id00019")))
    with pytest.raises(ValueError, match=r"no id\*/\*_coord.json of test speakers is there"):
        names(voxceleb2_at(tmp_path / "no-test", speakers), test=True)


def test_confer_holds_its_last_clips_out_and_has_no_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face = np.random.default_rng(1).uniform(0.3, 0.7, (1, 68, 2)).repeat(60, axis=0)
    rows = [(f"clip{i}/{person}", f"clip{i}", face) for i in range(11) for person in "ab"]
    monkeypatch.setattr(tracks, "confer", lambda place: rows)
    source = f"confer:{tmp_path}"
    assert names(source) == ({f"clip{i}" for i in range(9)}, {"clip9", "clip10"})  # in the file's order, not the names'
    with pytest.raises(ValueError, match="no part test is there"):
        names(source, test=True)


def configured(source: str) -> Config:
    """The study's configuration with another source, its networks and numbers small."""
    config = Config.load(STUDY)
    config.data.sources = {source: 1.0}
    config.model.hidden = config.discriminator.hidden = 16
    config.train.pairs, config.train.check_starts, config.train.check_every = 2, 8, 4
    config.train.warm_up, config.train.judges_first, config.train.steps = 1, 1, 4
    return config


@pytest.mark.parametrize(
    ("at", "frames"), [(react_at, 85), (partial(learning2listen_at, lively=True), 45)], ids=["react2024", "learning2listen"]
)
def test_the_study_trains_on_conversations_by_its_sources_alone(tmp_path: Path, at, frames: int, capsys) -> None:
    config = configured(at(tmp_path / "set"))
    training, validation = load(None, config.data)
    trainer = Trainer(config, Windows(training, config.data), Windows(validation, config.data))
    assert trainer.long.length == frames  # a segment of Learning2Listen has 53 frames
    assert trainer.runs == ((40, 80) if frames == 85 else (40,))
    trainer.run(tmp_path, float("inf"))
    assert trainer.step == 4 and np.isfinite(trainer.best)
    assert (tmp_path / "best.pt").exists()
    said = capsys.readouterr().out.count("no sequence has the 85 frames of long windows (data.long 80): all have 45\n")
    assert said == (frames == 45)


def test_conversations_shorter_than_any_window_are_an_error(tmp_path: Path) -> None:
    config = configured(learning2listen_at(tmp_path, frames=50))
    training, _ = load(None, config.data)
    with pytest.raises(ValueError, match="no sequence has the 45 frames a window needs"):
        Windows(training, config.data)


@pytest.mark.parametrize("at", [react_at, learning2listen_at])
def test_both_people_of_a_conversation_are_a_pair(tmp_path: Path, at) -> None:
    config = configured(at(tmp_path))
    config.data.pairing = "conversation"
    windows = Windows(load(None, config.data)[0], config.data)
    chosen = np.array([windows.index[0], windows.index[-1]])
    windows._partners(chosen, np.random.default_rng(1))
    assert windows.recordings[chosen[0, 0]] == windows.recordings[chosen[1, 0]] and chosen[0, 0] != chosen[1, 0]
    assert chosen[0, 1] == chosen[1, 1]
