"""The listener's ear: what is not heard changes nothing, and what only the sound tells is learned from it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from scipy.io import wavfile

from mien_training import sound
from mien_training.data import sound as heard_by
from mien_training.sfms import golden, published, train_predictor, train_tokeniser
from mien_training.sfms.predictor import HAS, Predictor
from mien_training.sfms.stream import Sampling, Stream
from mien_training.sfms.train_predictor import drop_modalities

COLUMNS = 12


@pytest.fixture
def inputs():
    """Listener, speaker with some frames unseen, sound, and rows to predict, of three windows."""
    random = torch.Generator().manual_seed(5)
    normal = lambda *shape: torch.randn(*shape, generator=random)  # noqa: E731
    features = normal(3, 40, 15)
    features[..., HAS] = (torch.rand(3, 40, len(HAS), generator=random) < 0.6).float()
    features[:, 10:20] = 0
    features[~(features[..., HAS] > 0).any(-1)] = 0  # as a stream gives them
    tokens = torch.randint(0, 241, (3, 48, 5), generator=random)
    return normal(3, 40, 62), tokens[:, :40], features, tokens[:, 40:], normal(3, 40, COLUMNS)


@torch.no_grad()
def logits(predictor: Predictor, inputs, heard: torch.Tensor | None, **changed) -> torch.Tensor:
    motion, tokens, features, targets, own = inputs
    ear = () if heard is None else (changed.get("sound", own), heard)
    return predictor(motion, tokens, changed.get("features", features), targets, *ear)


def test_without_sound_the_network_is_the_one_without_an_ear(inputs) -> None:
    hearing, plain = golden.models("small", COLUMNS)[1], golden.models("small")[1]
    for wild in (torch.zeros(3, 40, COLUMNS), inputs[-1], torch.full((3, 40, COLUMNS), torch.nan)):
        deaf = logits(hearing, inputs, torch.zeros(3, 40, dtype=torch.bool), sound=wild)
        assert torch.equal(deaf, logits(plain, inputs, None)) and torch.equal(deaf, logits(hearing, inputs, None))


def test_a_deaf_window_of_a_hearing_batch_is_deaf(inputs) -> None:
    hearing = golden.models("small", COLUMNS)[1]
    heard = torch.tensor([[True], [False], [True]]).expand(3, 40)
    mixed, deaf = logits(hearing, inputs, heard), logits(hearing, inputs, None)
    assert torch.equal(mixed[1], deaf[1]) and not torch.allclose(mixed[0], deaf[0], atol=1e-3)


def test_frames_that_were_not_heard_may_hold_anything(inputs) -> None:
    hearing = golden.models("small", COLUMNS)[1]
    heard = torch.rand(3, 40, generator=torch.Generator().manual_seed(1)) < 0.5
    wild = torch.where(heard[..., None], inputs[-1], torch.nan)
    assert torch.equal(logits(hearing, inputs, heard), logits(hearing, inputs, heard, sound=wild))


def test_a_face_that_is_not_seen_may_hold_anything(inputs) -> None:
    hearing = golden.models("small", COLUMNS)[1]
    heard = torch.ones(3, 40, dtype=torch.bool)
    unseen = torch.zeros_like(inputs[2])
    wild = torch.randn(3, 40, 15, generator=torch.Generator().manual_seed(2))
    wild[..., HAS] = 0
    found = [logits(hearing, inputs, heard, features=face) for face in (unseen, wild)]
    assert torch.equal(*found) and not torch.allclose(found[0], logits(hearing, inputs, heard), atol=1e-3)


def test_an_ear_with_closed_gates_changes_nothing(inputs) -> None:
    hearing = golden.models("small", COLUMNS)[1]
    with torch.no_grad():
        for name, parameter in hearing.named_parameters():
            if name.startswith("speaker.audio.") and name.endswith((".alpha", ".gate")):
                parameter.zero_()
    heard = torch.ones(3, 40, dtype=torch.bool)
    assert torch.equal(logits(hearing, inputs, heard), logits(golden.models("small")[1], inputs, None))
    fresh = Predictor(train_like(COLUMNS))
    gates = [p for n, p in fresh.named_parameters() if n.startswith("speaker.audio.") and n.endswith((".alpha", ".gate"))]
    assert len(gates) == 3 and all((gate == 0).all() for gate in gates)


def train_like(features: int):
    from types import SimpleNamespace

    return SimpleNamespace(
        dim=16, heads=2, ff=16, patch=4, rows="sequential", speaker_layers=1, listener_layers=1, fusion_layers=1,
        decoder_layers=1, dropout=0.0, audio=SimpleNamespace(features=features, kernel=6, patch=4, layers=1, drop_audio=0.3, drop_face=0.4),
    )


def test_modalities_are_dropped_as_often_as_asked_and_never_both() -> None:
    speaker, heard = torch.ones(4000, 40, 15), torch.ones(4000, 40, dtype=torch.bool)
    speaker[:500], heard[500:1000] = 0, False
    drop_modalities(speaker, heard, torch.rand(4000, generator=torch.Generator().manual_seed(3)), train_like(1).audio)
    deaf, blind = ~heard.any(1), (speaker == 0).all((1, 2))
    assert not (deaf & blind).any()
    assert abs(deaf[1000:].float().mean() - 0.3) < 0.02 and abs(blind[1000:].float().mean() - 0.4) < 0.02
    assert blind[:500].all() and not deaf[:500].any() and deaf[500:1000].all() and not blind[500:1000].any()


def test_a_stream_hears_what_it_is_given() -> None:
    torch.set_grad_enabled(False)
    tokeniser, predictor = golden.models("small", COLUMNS)
    sensed, present = golden.person(24, np.random.default_rng(1))
    voice = np.random.default_rng(2).normal(size=(24, 1, COLUMNS)).astype(np.float32)
    run = lambda ear: np.stack([  # noqa: E731
        stream.next(s[None], p[None], ear(t)) for stream in [Stream(tokeniser, predictor, [3], Sampling())]
        for t, (s, p) in enumerate(zip(sensed, present))
    ])  # fmt: skip
    silent = run(lambda t: None)
    assert np.array_equal(silent, run(lambda t: np.full_like(voice[t], np.nan)))
    assert not np.array_equal(silent, run(lambda t: voice[t]))
    torch.set_grad_enabled(True)


def test_learning2listens_columns_end_before_their_frame() -> None:
    columns = np.repeat(np.arange(256.0)[:, None], 2, 1)  # 120 a second
    values, kind = heard_by.learning2listen(columns, 64 / 30, 53)
    assert kind == "mel-2x4" and values.shape == (53, 8) and np.isnan(values[0]).all()
    for frame in range(1, 53):
        assert values[frame, 0::2].tolist() == [frame * 24 // 5 - 4 + i for i in range(4)]


def test_reacts_features_come_at_the_rate_of_the_frames(tmp_path: Path) -> None:
    (tmp_path / "Audio_features").mkdir()
    np.save(tmp_path / "Audio_features/a.npy", np.arange(200.0)[:, None].repeat(3, 1))
    values, kind = heard_by.react(tmp_path, "a", 101, "own")
    assert kind == "wav2vec2-3" and values[:100, 0].tolist() == [2 * i + 0.5 for i in range(100)]
    assert np.isnan(values[100]).all() and heard_by.react(tmp_path, "a", 101) == (None, "none")


# Sets whose listeners answer to nothing but the other's sound: the face follows it by 320 ms (REACT) or 400 ms (L2L).
FRAMES = 240


def bursts(random: np.random.Generator, frames: int, step: int) -> np.ndarray:
    """Whether there is a burst at each frame: some steps of sound, some of silence, by turns."""
    lengths = step * random.integers(1, 4, frames)
    return (np.repeat(np.arange(frames), lengths)[random.integers(0, 4) * step :][:frames] % 2).astype(bool)


def answer(other: np.ndarray, late: int) -> np.ndarray:
    """A face of 0.1 or 0.8 that much later, frames."""
    return 0.1 + 0.7 * np.concatenate([np.zeros(late, bool), other[:-late]])


def react_set(root: Path) -> str:
    random = np.random.default_rng(1)
    for split, clips in (("train", 5), ("val", 1)):
        rows = ["number,speaker,listener"]
        for clip in range(clips):
            rows.append(f"{clip},NoXI/g{clip}/Expert_video/1,NoXI/g{clip}/Novice_video/1")
            voices = [bursts(random, FRAMES, 8) for _ in range(2)]
            for who, own, other in zip(("Expert", "Novice"), voices, reversed(voices)):
                for kind in ("3D_FV_files", "Audio_files"):
                    (root / split / kind / f"NoXI/g{clip}/{who}_video").mkdir(parents=True)
                face = np.repeat(answer(other, 8)[:, None], 58, 1).astype(np.float32)
                np.save(root / split / f"3D_FV_files/NoXI/g{clip}/{who}_video/1.npy", face)
                loud = np.repeat(own, sound.RATE // 25) * random.normal(0, 3000, FRAMES * sound.RATE // 25)
                wavfile.write(
                    root / split / f"Audio_files/NoXI/g{clip}/{who}_video/1.wav", sound.RATE, loud.astype(np.int16)
                )
        (root / f"{split}.csv").write_text("\n".join(rows) + "\n")
    (root / "columns.txt").write_text("\n".join(published.CHANNELS))
    return f"react2024:{root}"


def learning2listen_set(root: Path) -> str:
    random = np.random.default_rng(2)
    for split, segments in (("train", 100), ("val", 20)):
        folder = root / "data" / "fallon" / split
        folder.mkdir(parents=True)
        listener = np.zeros((segments, 64, 184))
        audio = np.full((segments, 256, 128), -80.0)
        for n in range(segments):
            own = bursts(random, 64, 6)  # changes where a frame of 30 and one of 25 a second begin at once
            audio[n] += 60 * np.repeat(own, 4)[:, None] + random.normal(0, 3, (256, 128))
            listener[n] = 5 * answer(own, 12)[:, None]
        np.save(folder / "p0_speak_faces_clean_deca.npy", np.zeros((segments, 64, 184)))
        np.save(folder / "p1_list_faces_clean_deca.npy", listener)
        np.save(folder / "p0_speak_audio_clean_deca.npy", audio)
    return f"learning2listen:{root}:fallon"


@pytest.mark.parametrize("at, columns, steps", [(react_set, 256, 300), (learning2listen_set, 512, 400)])
def test_what_only_the_sound_tells_is_learned_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, at, columns: int, steps: int
) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # quicker for networks of this size, however many cores are busy
    tree = yaml.safe_load(Path(train_tokeniser.__file__).with_name("sfms.yaml").read_text())
    small = dict(dim=16, ff=16, heads=2, layers=[1, 1, 1, 1], quantiser_steps=60, steps=2, batch=4, check=2)
    tree["tokeniser"] |= small | dict(placement="dense")  # a token a frame: nothing to guess but the level
    small = dict(dim=32, ff=32, heads=2, steps=steps, batch=24, lr=3e-3, speaker_layers=1, listener_layers=1)
    tree["predictor"] |= small | dict(fusion_layers=1, decoder_layers=1, dropout=0.0, group_weights=[1, 0, 0, 0, 0])
    tree["data"] = at(tmp_path / "set")  # the one line
    work = tmp_path / "work"
    monkeypatch.setenv("MIEN_WORK", str(work))
    entropy = {}
    for features in ("data", 0):
        tree["predictor"]["audio"]["features"] = features
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(tree))
        monkeypatch.setattr("sys.argv", ["train", "--config", str(tmp_path / "config.yaml")])
        if features == "data":
            train_tokeniser.main()
        (work / train_predictor.NAME).unlink(missing_ok=True)
        capsys.readouterr()
        train_predictor.main()
        entropy[features] = [float(x) for x in re.findall(r"held-out ([\d.]+) ", capsys.readouterr().out)]
        best = train_predictor.checkpoint.load(work / ("best-" + train_predictor.NAME))
        assert best["sound"]["features"] == (columns if features else 0)
    torch.set_num_threads(threads)
    hearing, deaf = entropy["data"][-1], min(entropy[0])
    assert hearing < 0.5 * entropy["data"][0] and hearing < 0.6 * deaf
