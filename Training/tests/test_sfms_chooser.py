"""A listener whose tokeniser has a learned keyframe chooser is trained, calibrated, exported and streams as any other."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors import safe_open

from mien_training.run import checkpoint
from mien_training.sfms import calibrate, export, golden, train_predictor
from mien_training.sfms.chooser import MOST
from mien_training.sfms.config import load, read
from mien_training.sfms.evaluate import listen
from mien_training.sfms.stream import shipped_sampling
from mien_training.sfms.tokeniser import LEARNED
from mien_training.sfms.train_predictor import load_tokeniser
from test_sfms_groupings import grouped
from test_sfms_published import configured, react_at, trains

SPEAKERS = np.random.default_rng(1).uniform(0, 1, (2, 12, 4)).astype(np.float32)


def moved(path: Path, **entries) -> Path:
    """A configuration with other entries of its tokeniser, beside it."""
    tree = read(path)
    tree["tokeniser"] |= entries
    other = path.with_name("other.yaml")
    other.write_text(yaml.safe_dump(tree))
    return other


@pytest.mark.parametrize("placement, scheme", [("top-k", "5"), ("path", "5"), ("top-k", "58"), ("path", "1")])
def test_a_listener_is_trained_on_a_learned_choosers_tokens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, placement: str, scheme: str
) -> None:
    threads = torch.get_num_threads()
    work, models, source = tmp_path / "work", tmp_path / "models", react_at(tmp_path / "set")
    weights = {"group_weights": None, "chooser_dim": 8, "keyframes": 20}  # more than the embedding of k knows
    path = grouped(tmp_path, source, scheme, placement=placement, **weights)
    trains(work, path, monkeypatch)
    assert checkpoint.load(work / train_predictor.NAME)["step"] == 2
    config = load(path)
    tokeniser, trained = load_tokeniser(config), checkpoint.load(work / train_predictor.TOKENISER)["model"]
    own = {name: values for name, values in tokeniser.state_dict().items() if name.startswith("chooser.")}
    assert own and all(torch.equal(values, trained[name]) for name, values in own.items())
    held = calibrate.Held(config)
    choice = calibrate.Choice(tempers=False)
    calibrate.keep(calibrate.fit(held.made, held.train, choice, held.sides), choice)
    monkeypatch.setattr("sys.argv", ["export", "--config", str(path), "--models", str(models), "--weights-only"])
    export.main()
    torch.set_num_threads(threads)
    with safe_open(models / export.TOKENISER, "pt") as file:
        assert file.metadata()["placement"] == placement and {"chooser.discourage", "chooser.head.weight"} <= set(file.keys())
    shipped = export.load_shipped(load(path), models)
    sampling = shipped_sampling(config)
    made = [listen(*pair, SPEAKERS, sampling, 1) for pair in (shipped, (tokeniser, export.load_predictor(config, tokeniser)))]
    assert np.isfinite(made[0]).all() and np.allclose(*made, atol=1e-3)  # the neutral face is told in six digits
    assert shipped[1].calibration.is_set


def test_the_chooser_says_where_the_tokens_of_training_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_WORK", str(tmp_path))
    path = configured(tmp_path, "recordings", placement="top-k", chooser_dim=8)
    made = golden.random_tokeniser("small", placement="top-k")
    config = load(path, tokeniser={"dim": 24, "chooser_dim": 18, "heads": 3, "ff": 40, "layers": [1, 2, 1, 2], "levels": [8, 6, 5]})
    checkpoint.save({"model": made.state_dict()}, tmp_path / train_predictor.TOKENISER)
    window = torch.randn(3, config.window, 58, generator=torch.Generator().manual_seed(1)).cumsum(1)
    found = load_tokeniser(config)
    assert torch.equal(found.choose(window), made.choose(window))
    config.tokeniser.placement = "exact"  # needs no chooser, and leaves one
    assert load_tokeniser(config).chooser is None
    assert not torch.equal(load_tokeniser(config).choose(window), made.choose(window))


@pytest.mark.parametrize("placement", LEARNED)
def test_more_keyframes_than_the_embedding_knows_are_placed(placement: str) -> None:
    tokeniser = golden.random_tokeniser("small", placement=placement)
    window = torch.randn(2, 48, 58, generator=torch.Generator().manual_seed(1))
    for k in (MOST, MOST + 1, 48):
        assert (tokeniser.choose(window, k).sum(1) == k).all()


def test_a_tokeniser_of_another_configuration_is_refused_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = react_at(tmp_path / "set")
    path = configured(tmp_path, source)
    trains(tmp_path / "work", path, monkeypatch)
    for entries, said in (
        ({"placement": "path"}, r"chooser.group_embed is not there, by the configuration \(5, 48\)"),
        ({"dim": 32}, r"key_blank is \(5, 16\), by the configuration \(5, 32\)"),
    ):
        with pytest.raises(SystemExit, match=f"sfms-tokeniser.pt: {said}; name the configuration") as stopped:
            load_tokeniser(load(moved(path, **entries)))
        assert "\n" not in str(stopped.value)
    with pytest.raises(SystemExit, match=f"sfms-tokeniser.pt: data was '{source}' there, now it is 'recordings'; name the conf"):
        load_tokeniser(load(path, data="recordings"))


@pytest.mark.parametrize(
    "entries, said",
    [
        ({"placement": "learned"}, "tokeniser.placement is 'learned', expected one of exact, coded, path, top-k, static, dense"),
        ({"keyframes": 49}, "tokeniser.keyframes is 49, expected 1 to 48 frames of a window"),
        ({"train_keyframes": [0, 3]}, r"tokeniser.train_keyframes is \[0, 3\], expected 1 to 48"),
        ({"placement": "path", "chooser_dim": 9}, r"tokeniser.chooser_dim is 9, expected an even number that heads \(2\) divides"),
        ({"layers": [1, 1]}, r"tokeniser.layers is \[1, 1\], expected 4 depths: of chooser, keyframes, transition encoder, decoder"),
        ({"tau": [0, 0.4]}, r"tokeniser.tau is \[0, 0.4\], expected the first and the last temperature, above 0"),
        ({"tau": 1.0}, "tokeniser.tau is 1.0, expected the first and the last temperature"),
        ({"tau_share": 0}, "tokeniser.tau_share is 0, expected a share of the training above 0"),
        ({"dim": 18, "heads": 4}, r"tokeniser.dim is 18, expected an even number that heads \(4\) divides"),
    ],
)
def test_what_no_tokeniser_can_be_is_refused_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entries: dict, said: str
) -> None:
    with pytest.raises(SystemExit, match="config.yaml: " + said) as stopped:
        trains(tmp_path / "work", configured(tmp_path, react_at(tmp_path / "set"), **entries), monkeypatch)
    assert "\n" not in str(stopped.value)


@pytest.mark.parametrize("key, value", [("window", 32), ("hop", 4), ("past", 44), ("frame_rate_hz", 30)])
def test_other_times_than_a_streams_are_refused_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, value: int
) -> None:
    path = configured(tmp_path, react_at(tmp_path / "set"))
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {key: value}))
    with pytest.raises(SystemExit, match=f"config.yaml: {key} is {value}, expected "):
        trains(tmp_path / "work", path, monkeypatch)


def test_draws_are_made_with_one_reading_of_the_tokeniser_and_keep_their_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_WORK", str(tmp_path / "work"))
    path = configured(tmp_path, react_at(tmp_path / "set"))
    trains(tmp_path / "work", path, monkeypatch)
    config, read_ones = load(path), []
    monkeypatch.setattr(calibrate, "load_tokeniser", lambda config: read_ones.append(load_tokeniser(config)) or read_ones[-1])
    first = calibrate.drawn(config)
    assert len(read_ones) == 1 and set(first) == {"training", "development"}
    trained = checkpoint.load(tmp_path / "work" / train_predictor.TOKENISER)["model"]
    key = json.dumps([checkpoint.digest(trained), export.best_weights(), read(path)["sampling"]])
    assert str(np.load(tmp_path / "work" / calibrate.DRAWN)["of"]) == key
    monkeypatch.setattr(calibrate, "draw", lambda *_: pytest.fail("drawn again"))
    assert np.array_equal(calibrate.drawn(config)["training"], first["training"]) and len(read_ones) == 2
