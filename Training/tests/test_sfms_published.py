"""The listener trains on published sets by one line of its configuration: tiny made-up files in their layouts."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from mien_training.data.channels import CHANNELS
from mien_training.run import checkpoint
from mien_training.sfms import published, train_predictor, train_tokeniser
from mien_training.sfms.channels import SMILE

FRAMES = 112


def motion(random: np.random.Generator, *shape: int) -> np.ndarray:
    """Slow waves between 0 and 1."""
    t = np.arange(shape[-2])[:, None]
    phase, pace = random.uniform(0, 6, (2, *shape[:-2], 1, shape[-1]))
    return (0.5 + 0.5 * np.sin(phase + t * (0.05 + 0.05 * pace))).astype(np.float32)


def react_at(root: Path) -> str:
    random = np.random.default_rng(1)
    for split in ("train", "val"):
        rows = ["number,speaker,listener"]
        for clip in range(3):
            rows.append(f"{clip},NoXI/g{clip}/Expert_video/1,NoXI/g{clip}/Novice_video/1")
            for who in ("Expert", "Novice"):
                folder = root / split / "3D_FV_files" / f"NoXI/g{clip}/{who}_video"
                folder.mkdir(parents=True)
                np.save(folder / "1.npy", motion(random, FRAMES, 58)[:, None])
        (root / f"{split}.csv").write_text("\n".join(rows) + "\n")
    return f"react2024:{root}"


def learning2listen_at(root: Path) -> str:
    random = np.random.default_rng(2)
    for split in ("train", "val"):
        folder = root / "data" / "fallon" / split
        folder.mkdir(parents=True)
        for side in ("p0_speak", "p1_list"):
            np.save(folder / f"{side}_faces_clean_deca.npy", 4 * motion(random, 5, 64, 184) - 2)
    return f"learning2listen:{root}:fallon"


@pytest.mark.parametrize("at", [react_at, learning2listen_at])
def test_one_line_trains_tokeniser_and_predictor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at) -> None:
    work = tmp_path / "work"
    tree = yaml.safe_load(Path(train_tokeniser.__file__).with_name("sfms.yaml").read_text())
    tree["tokeniser"] |= dict(dim=16, ff=16, heads=2, layers=[1, 1, 1, 1], quantiser_steps=4, steps=2, batch=2, check=2)
    small = dict(dim=16, ff=16, heads=2, steps=2, batch=2, speaker_layers=1, listener_layers=1, fusion_layers=1)
    tree["predictor"] |= small | dict(decoder_layers=1)
    tree["data"] = at(tmp_path / "set")  # the one line
    config = tmp_path / "config.yaml"
    config.write_text(yaml.safe_dump(tree))
    monkeypatch.setenv("MIEN_WORK", str(work))
    monkeypatch.setattr("sys.argv", ["train", "--config", str(config)])
    train_tokeniser.main()
    train_predictor.main()
    assert checkpoint.load(work / train_predictor.NAME)["step"] == 2


def test_named_columns_go_where_they_belong(tmp_path: Path) -> None:
    source = react_at(tmp_path)
    plain = published.part(source, "training")
    (tmp_path / "columns.txt").write_text("\n".join(reversed(CHANNELS)))
    named = published.part(source, "training")
    assert len(named) == 3 and not published.part(source, "test")
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
    assert np.allclose(face[:, 52:58], published.resampled(faces[0], 30.0)[:, 50:56], atol=1e-6)


def test_another_name_is_refused() -> None:
    with pytest.raises(ValueError, match="expected recordings, react2024:ROOT or learning2listen:ROOT:HOST"):
        published.part("voxceleb2:/data", "training")
