"""The listener trains on published sets by one line of its configuration: tiny made-up files in their layouts."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from safetensors import safe_open

from mien_training.data import mirror_values
from mien_training.data.channels import CHANNELS
from mien_training.run import checkpoint
from mien_training.sfms import dataset, export, published, train_predictor, train_tokeniser
from mien_training.sfms.channels import CHEEK, SMILE
from mien_training.sfms.config import LISTENER, load
from mien_training.sfms.talk import Talk
from mien_training.sfms.tokenise import tokenise
from mien_training.sfms.tokeniser import Tokeniser

FRAMES = 112


def motion(random: np.random.Generator, *shape: int) -> np.ndarray:
    """Slow waves between 0 and 1."""
    t = np.arange(shape[-2])[:, None]
    phase, pace = random.uniform(0, 6, (2, *shape[:-2], 1, shape[-1]))
    return (0.5 + 0.5 * np.sin(phase + t * (0.05 + 0.05 * pace))).astype(np.float32)


def react_at(root: Path, splits: tuple[str, ...] = ("train", "val", "test")) -> str:
    random = np.random.default_rng(1)
    for split in splits:
        rows = ["number,speaker,listener"]
        for clip in range(3):
            rows.append(f"{clip},NoXI/g{clip}/Expert_video/1,NoXI/g{clip}/Novice_video/1")
            for who in ("Expert", "Novice"):
                folder = root / split / "3D_FV_files" / f"NoXI/g{clip}/{who}_video"
                folder.mkdir(parents=True)
                np.save(folder / "1.npy", motion(random, FRAMES, 58)[:, None])
        (root / f"{split}.csv").write_text("\n".join(rows) + "\n")
    return f"react2024:{root}"


def react_train_at(root: Path) -> str:
    return react_at(root, ("train",))


def learning2listen_at(root: Path, splits: tuple[str, ...] = ("train", "test")) -> str:
    """As it is published: no ``val``."""
    random = np.random.default_rng(2)
    for split in splits:
        folder = root / "data" / "fallon" / split
        folder.mkdir(parents=True)
        for side in ("p0_speak", "p1_list"):
            np.save(folder / f"{side}_faces_clean_deca.npy", 4 * motion(random, 5, 64, 184) - 2)
    return f"learning2listen:{root}:fallon"


def configured(folder: Path, data: str, **tokeniser) -> Path:
    """A configuration of the smallest networks."""
    tree = yaml.safe_load(LISTENER.read_text())
    tree["tokeniser"] |= dict(dim=16, ff=16, heads=2, layers=[1, 1, 1, 1], quantiser_steps=4, steps=2, batch=2, check=2)
    tree["tokeniser"] |= tokeniser
    small = dict(dim=16, ff=16, heads=2, steps=2, batch=2, speaker_layers=1, listener_layers=1, fusion_layers=1)
    tree["predictor"] |= small | dict(decoder_layers=1)
    tree["data"] = data  # the one line
    config = folder / "config.yaml"
    config.write_text(yaml.safe_dump(tree))
    return config


def trains(work: Path, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_WORK", str(work))
    monkeypatch.setattr("sys.argv", ["train", "--config", str(config)])
    train_tokeniser.main()
    train_predictor.main()


@pytest.mark.parametrize("at", [react_at, react_train_at, learning2listen_at])
def test_one_line_trains_tokeniser_and_predictor_and_writes_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at
) -> None:
    work, source = tmp_path / "work", at(tmp_path / "set")
    config = configured(tmp_path, source)
    trains(work, config, monkeypatch)
    assert checkpoint.load(work / train_predictor.NAME)["step"] == 2
    models = tmp_path / "models"
    (models / "evaluation").mkdir(parents=True)
    (work / export.TRIED).write_text("{}")
    monkeypatch.setattr("sys.argv", ["export", "--config", str(config), "--models", str(models), "--weights-only"])
    export.main()
    assert not list((models / "evaluation").iterdir())
    with safe_open(models / export.PREDICTOR, "pt") as file:
        facts = file.metadata()
    assert facts["training_data"] == source
    own = published.mean_face(source, published.part(source, "training"))
    assert np.allclose(json.loads(facts["neutral"]), own, atol=1e-6) and own.any()


def test_the_end_of_train_is_held_out_where_there_is_no_val(tmp_path: Path) -> None:
    source = learning2listen_at(tmp_path / "own")
    names = {part: [talk.name for talk in published.part(source, part)] for part in published.PARTS}
    assert names["training"] == [f"fallon/train/{n}" for n in range(4)] and names["development"] == ["fallon/train/4"]
    assert names["test"] == [f"fallon/test/{n}" for n in range(5)]
    source = learning2listen_at(tmp_path / "with", ("train", "val"))
    assert [talk.name for talk in published.part(source, "development")] == [f"fallon/val/{n}" for n in range(5)]
    assert len(published.part(source, "training")) == 5
    source = react_train_at(tmp_path / "react")
    assert [len(published.part(source, part)) for part in ("training", "development")] == [2, 1]


def test_a_conversation_is_as_long_as_its_shorter_side_and_short_ones_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    source = react_at(tmp_path / "set")
    for clip, frames in ((0, 90), (1, 40)):  # of 112
        path = tmp_path / f"set/train/3D_FV_files/NoXI/g{clip}/Novice_video/1.npy"
        np.save(path, np.load(path)[:frames])
    found = published.part(source, "training", least=48)
    assert [[len(side) for side in (*talk.face, *talk.sensed)] for talk in found] == [[90] * 4, [112] * 4]
    assert f"{source}: 1 of 3 conversations of training are shorter than 48 frames and left out" in capsys.readouterr().out
    trains(tmp_path / "work", configured(tmp_path, source), monkeypatch)
    with pytest.raises(ValueError, match="no conversation of training has the 200 frames of a window"):
        published.part(source, "training", least=200)


def test_tracks_of_other_lengths_are_tokenised_as_they_are_alone(tmp_path: Path) -> None:
    source = react_at(tmp_path)
    short, long, _ = published.part(source, "training")
    cut = lambda sides: tuple(side[:90] for side in sides)  # noqa: E731
    short = replace(short, face=cut(short.face), sensed=cut(short.sensed))
    config = load(configured(tmp_path, source))
    tokeniser = Tokeniser(config.tokeniser, config.window).eval()
    both, alone = tokenise(tokeniser, [short, long], 0, None), tokenise(tokeniser, [short], 0, None)
    assert [both.count(track) for track in range(4)] == [(88 - 8) // 4 + 1] * 2 + [(112 - 8) // 4 + 1] * 2
    own = alone.targets.shape[1]
    assert own == both.count(0) and np.array_equal(both.targets[:2, :own], alone.targets)
    shown = 40 + 4 * own
    assert np.allclose(both.frames[:2, :shown], alone.frames[:, :shown], atol=1e-4)
    assert np.array_equal(both.speaker[:2, : alone.speaker.shape[1]], alone.speaker)
    batches = train_predictor.Batches([both], tokeniser, config.past)
    picks = []
    batches.gather = lambda own: picks.extend(own) or (None,) * 5  # type: ignore[method-assign]
    with pytest.raises(TypeError):
        batches.random(4000, config.predictor, np.random.default_rng(0))
    assert max(block for _, track, block in picks if track < 2) == 20 and max(block for *_, block in picks) == 26
    with pytest.raises(ValueError, match="the shortest conversation has 90 frames, expected at least 93 for phase 85"):
        tokenise(tokeniser, [short, long], 85, None)


def test_named_columns_go_where_they_belong(tmp_path: Path) -> None:
    source = react_at(tmp_path)
    plain = published.part(source, "training")
    (tmp_path / "columns.txt").write_text("\n".join(reversed(CHANNELS)))
    named = published.part(source, "training")
    assert len(named) == 3
    assert np.array_equal(named[0].face[0], plain[0].face[0][:, ::-1])
    assert np.allclose(named[0].sensed[1][:, 0], named[0].face[1][:, SMILE].mean(1))
    assert np.isnan(named[0].sensed[0][:, 3]).all()
    (tmp_path / "columns.txt").write_text("\n".join(["smile", *CHANNELS[1:]]))
    with pytest.raises(ValueError, match="each of the 58 channel names once; eyeBlinkLeft, smile"):
        published.part(source, "training")


def test_the_widest_expression_components_stand_for_smile_and_cheek(tmp_path: Path) -> None:
    source = learning2listen_at(tmp_path)
    path = tmp_path / "data/fallon/train/p1_list_faces_clean_deca.npy"
    faces = np.load(path)
    faces[..., 17] *= 9
    np.save(path, faces)
    (talk, *_) = published.part(source, "training")
    face = talk.face[1]
    assert face.shape == (53, 58) and 0 <= face[:, :52].min() and face[:, :52].max() <= 1
    assert np.corrcoef(face[:, SMILE[0]], published.resampled(faces[0], 30.0)[:, 17])[0, 1] > 0.999


def deca(root: Path, head: np.ndarray, jaw: np.ndarray) -> Talk:
    """The first conversation of a set in which everybody moves head and jaw by these vectors (64, 3)."""
    folder = root / "data" / "fallon" / "train"
    folder.mkdir(parents=True)
    faces = np.zeros((2, 64, 184))
    faces[..., 50:53], faces[..., 53:56] = head, jaw
    for side in ("p0_speak", "p1_list"):
        np.save(folder / f"{side}_faces_clean_deca.npy", faces)
    return published.part(f"learning2listen:{root}:fallon", "training")[0]


@pytest.mark.parametrize("axis, channel", [(0, "head_pitch_rad"), (1, "head_yaw_rad"), (2, "head_roll_rad")])
def test_a_turn_about_one_axis_is_one_angle(tmp_path: Path, axis: int, channel: str) -> None:
    head = np.zeros((64, 3))
    head[:, axis] = np.linspace(0, 0.63, 64)  # 0.01 a frame of 30, 0.012 one of 25 a second
    face = deca(tmp_path, head, np.zeros((64, 3))).face[0]
    own = CHANNELS.index(channel)
    assert np.allclose(face[:, own], 0.012 * np.arange(53), atol=1e-6)
    assert np.abs(np.delete(face[:, 52:], own - 52, 1)).max() < 1e-6


def test_a_turn_about_a_slanted_axis_is_taken_apart(tmp_path: Path) -> None:
    """A third of a turn about (1, 1, 1) leads x to y, y to z, z to x: R = Ry(π/2) · Rx(0) · Rz(π/2)."""
    head = np.full((64, 3), 2 * np.pi / 3 / np.sqrt(3))
    face = deca(tmp_path, head, np.zeros((64, 3))).face[0]
    assert np.allclose(face[:, 52:55], [np.pi / 2, 0, np.pi / 2], atol=1e-6)


def test_the_jaw_opens_the_mouth_and_moves_no_head(tmp_path: Path) -> None:
    jaw = np.zeros((64, 3))
    jaw[:, 0], jaw[:, 1:] = np.repeat([-0.1, 0.0, 0.1, 0.2], 16), 0.3
    face = deca(tmp_path, np.zeros((64, 3)), jaw).face[0]
    opened = face[:, CHANNELS.index("jawOpen")]
    assert opened[[0, 20, 32, 50]] == pytest.approx([0, 0, 0.5, 1]) and np.abs(face[:, 52:]).max() < 1e-6


def test_faces_are_mirrored_only_where_left_and_right_are_known(tmp_path: Path) -> None:
    react, l2l = react_at(tmp_path / "react"), learning2listen_at(tmp_path / "l2l")
    assert dataset.mirrors("recordings") and not dataset.mirrors(react) and not dataset.mirrors(l2l)
    (tmp_path / "react/columns.txt").write_text("\n".join(CHANNELS))
    assert dataset.mirrors(react)
    talks = published.part(react, "training")
    drawn = [dataset.Windows(talks, [], 48, mirrors=own).batch(16, np.random.default_rng(3)) for own in (True, False)]
    turned = [not np.array_equal(a, b) for a, b in zip(*drawn)]
    assert 0 < sum(turned) < 16  # the same windows, some in a mirror
    assert all(np.array_equal(mirror_values(a) if t else a, b) for a, b, t in zip(*drawn, turned))


def test_a_listener_begins_with_the_mean_face(tmp_path: Path) -> None:
    source = react_at(tmp_path)
    talks = published.part(source, "training")
    faces = np.concatenate([face for talk in talks for face in talk.face])
    rest = dataset.neutral(source, talks)
    assert np.allclose(rest, faces.mean(0), atol=1e-5) and not dataset.neutral("recordings", talks).any()
    config = load(configured(tmp_path, source))
    tokeniser = Tokeniser(config.tokeniser, config.window).eval()
    tokeniser.mean += 0.25
    tokeniser.std *= 0.5
    made = tokenise(tokeniser, talks, 0, None, rest=rest)
    assert np.allclose(made.frames[:, :40], (rest - 0.25) / 0.5, atol=1e-6)
    smile, cheek = rest[SMILE].mean(), rest[CHEEK].mean()
    assert np.allclose(made.extras[:, :40], [smile, smile, cheek, cheek], atol=1e-6)
    config.predictor.neutral_prefix = 1.0
    batch, *_ = train_predictor.Batches([made], tokeniser, config.past, rest=rest).random(
        8, config.predictor, np.random.default_rng(0)
    )
    assert np.allclose(batch[:, 0, :58], (rest - 0.25) / 0.5, atol=1e-5)
    assert np.allclose(batch[:, 0, 58:], [smile, smile, cheek, cheek], atol=1e-5)
    own = np.arange(58, dtype=np.float32)
    np.save(tmp_path / "mean_face.npy", own.reshape(1, 1, 58))
    assert np.array_equal(dataset.neutral(source, talks), own)
    (tmp_path / "columns.txt").write_text("\n".join(reversed(CHANNELS)))
    assert np.array_equal(dataset.neutral(source, talks), own[::-1])


@pytest.mark.parametrize("source", ["voxceleb2:/data", "react2024", "react2024:", "learning2listen:/data", "learning2listen::fallon", None, 3])
def test_another_name_is_refused(source) -> None:
    for read in (lambda: published.part(source, "training"), lambda: dataset.known(source, Path("own.yaml"))):
        with pytest.raises(ValueError, match="expected recordings, react2024:ROOT or learning2listen:ROOT:HOST"):
            read()


def broken(folder: Path) -> list[tuple[str, dict, str]]:
    """Data lines, entries of the tokeniser, and what is said of them."""
    whole = react_at(folder / "whole")
    empty = react_at(folder / "empty")
    (folder / "empty/val.csv").write_text("number,speaker,listener\n")
    one = learning2listen_at(folder / "one", ("train",))
    for path in (folder / "one/data/fallon/train").iterdir():
        np.save(path, np.load(path)[:1])
    narrow = react_at(folder / "narrow")
    np.save(folder / "narrow/train/3D_FV_files/NoXI/g0/Expert_video/1.npy", np.zeros((112, 57)))
    gone = react_at(folder / "gone")
    (folder / "gone/train/3D_FV_files/NoXI/g1/Novice_video/1.npy").unlink()
    hurt = react_at(folder / "hurt")
    (folder / "hurt/train/3D_FV_files/NoXI/g1/Novice_video/1.npy").write_text("no array")
    return [
        ("react2024", {}, r"config.yaml: data is 'react2024', expected"),
        (f"react2024:{folder}/nowhere", {}, "nowhere/train.csv: not there, expected the part train"),
        (f"learning2listen:{folder}/nowhere:fallon", {}, "nowhere/data/fallon/train: not there"),
        (f"learning2listen:{folder}/one:letterman", {}, "letterman"),
        (empty, {}, "val.csv: no conversation in it"),
        (one, {}, "train: conversations: 1; expected at least 2"),
        (narrow, {}, r"1.npy: shape \(112, 57\), expected the last to be \(58\)"),
        (gone, {}, "g1/Novice_video/1.npy is not there"),
        (hurt, {}, "g1/Novice_video/1.npy: "),
        (whole, {"groups": "4", "levels": [8, 6, 5]}, "config.yaml: predictor.group_weights is .*, expected a list of 4"),
        (whole, {"groups": "channel"}, "config.yaml: tokeniser.groups is 'channel', expected one of '1', '4', '5', '58'"),
        (whole, {"levels": [[8, 6, 5], [4, 4]]}, "config.yaml: tokeniser.levels is"),
        (whole, {"levels": 0.3}, "config.yaml: tokeniser.levels is 0.3"),
        (whole, {"stepz": 99}, "config.yaml: unknown key tokeniser.stepz"),
    ]


def test_what_is_wrong_with_a_set_or_a_configuration_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source, entries, said in broken(tmp_path):
        with pytest.raises(SystemExit, match=said) as stopped:
            trains(tmp_path / "work", configured(tmp_path, source, **entries), monkeypatch)
        assert "\n" not in str(stopped.value)
        assert not (tmp_path / "work" / train_tokeniser.NAME).exists()
