"""A listener is trained, streams and is exported with any groups of channels, not the shipped five alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors import safe_open

from mien_training.data.channels import CHANNELS
from mien_training.run import checkpoint
from mien_training.sfms import export, golden, stream, train_predictor
from mien_training.sfms.channels import GROUP_NAMES, SCHEMES, SMILE, head_groups, smile_groups
from mien_training.sfms.config import load
from mien_training.sfms.evaluate import listen
from mien_training.sfms.stream import Sampling, Stream, draw, smile_levels
from mien_training.sfms.tokeniser import Tokeniser
from test_sfms_processes import trainer
from test_sfms_published import configured, react_at, trains

OTHERS = [name for name in SCHEMES if name != "5"]


def grouped(folder: Path, source: str, scheme: str, weights: list[float] | None = None, **tokeniser) -> Path:
    """A configuration of the smallest networks with these groups, and weights of the predictor's."""
    path = configured(folder, source, **{"groups": scheme, "levels": [240] if scheme == "58" else [8, 6, 5]} | tokeniser)
    tree = yaml.safe_load(path.read_text())
    tree["predictor"]["group_weights"] = weights
    path.write_text(yaml.safe_dump(tree))
    return path


@pytest.mark.parametrize("scheme", OTHERS)
def test_any_groups_are_trained_exported_and_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    threads = torch.get_num_threads()
    groups, work, models = SCHEMES[scheme], tmp_path / "work", tmp_path / "models"
    path = grouped(tmp_path, react_at(tmp_path / "set"), scheme)
    trains(work, path, monkeypatch)
    assert checkpoint.load(work / train_predictor.NAME)["step"] == 2
    monkeypatch.setattr("sys.argv", ["export", "--config", str(path), "--models", str(models), "--plain"])
    export.main()
    torch.set_num_threads(threads)
    facts = {}
    for name in (export.TOKENISER, export.PREDICTOR):
        with safe_open(models / name, "pt") as file:
            facts[name] = file.metadata()
    assert json.loads(facts[export.TOKENISER]["groups"]) == [[CHANNELS[i] for i in group] for group in groups]
    assert facts[export.PREDICTOR]["groups"] == str(len(groups)) and facts[export.PREDICTOR]["codes"] == "240"
    monkeypatch.setattr(export, "MODELS", models)
    tokeniser, predictor = export.load_shipped(load(path))
    speakers = np.random.default_rng(1).uniform(0, 1, (2, 12, 4)).astype(np.float32)
    made = listen(tokeniser, predictor, speakers, Sampling(response_gain=5.0), 1)
    assert made.shape == (2, 12, 58) and np.isfinite(made).all() and made[..., :52].min() >= 0 and made[..., :52].max() <= 1


def test_smile_and_head_lie_in_these_groups() -> None:
    found = {name: (smile_groups(groups), head_groups(groups)) for name, groups in SCHEMES.items()}
    assert found == {"1": ([0], []), "4": ([1], [2, 3]), "5": ([1], [3, 4]), "58": (SMILE, list(range(52, 58)))}
    assert GROUP_NAMES[1] == "smile"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_part_is_drawn_its_own_way(scheme: str) -> None:
    groups = SCHEMES[scheme]
    logits = torch.tensor([-50.0, 0.0, 1.0]).expand(1, len(groups), 3)
    sampling = Sampling(0.5, 1.0, 1.0, 1.0, other_code_temperature=2.0, head_code_temperature=0.25)
    # The second code, one nat likelier, comes first and is drawn below 1 / (1 + exp(-1 / temperature)).
    at = [0.5 if n in smile_groups(groups) else 0.25 if n in head_groups(groups) else 2.0 for n in range(len(groups))]
    shares = 1 / (1 + np.exp(-1 / np.array(at)))
    for off, code in ((-1e-4, 2), (1e-4, 1)):
        assert draw(logits, (shares + off)[None].astype(np.float32), sampling, groups).tolist() == [[code] * len(groups)]


def test_the_response_reaches_both_sides_of_a_smile(monkeypatch: pytest.MonkeyPatch) -> None:
    tokeniser, predictor = golden.models("small", groups="58")
    tilted = []
    monkeypatch.setattr(stream, "tilt", lambda logits, response, levels: tilted.append(levels) or logits)
    run = Stream(tokeniser, predictor, [3], Sampling(response_gain=5.0))
    run.next(np.full((1, 4), 0.5, np.float32), np.ones((1, 4), np.float32))
    left, right = smile_levels(tokeniser).values()
    assert len(tilted) == 2 * predictor.hop and not torch.equal(left, right)
    assert all(torch.equal(*pair) for pair in zip(tilted, [left, right] * predictor.hop))


def test_without_weights_all_groups_count_alike() -> None:
    made = trainer("predictor")
    assert made.shares.tolist() == [0.5, 2, 0.5, 0.5, 0.25]
    config = load(predictor={"group_weights": None})
    again = train_predictor.PredictorTrainer(config, made.model, made.batches, made.judged, made.sound)
    assert again.shares.tolist() == [1.0] * 5


@pytest.mark.parametrize(
    "scheme, weights, entries, said",
    [
        ("4", [1.0] * 5, {}, r"predictor.group_weights is \[1.0, 1.0, 1.0, 1.0, 1.0\], expected a list of 4, one number a group, or null for all alike"),
        ("4", 2.0, {}, "predictor.group_weights is 2.0, expected a list of 4"),
        ("1", None, {"group_weights": [1, 1]}, r"tokeniser.group_weights is \[1, 1\], expected a list of 1"),
        ("4", None, {"levels": [[8, 6, 5]] * 5}, "tokeniser.levels is .*, expected a list for each of 4 groups"),
        ("4", None, {"levels": [[8, 6, 5]] * 3 + [[4, 4]]}, "tokeniser.levels is .* with as many codes each, or one for all"),
        ("channel", None, {}, "tokeniser.groups is 'channel', expected one of '1', '4', '5', '58'"),
    ],
)
def test_a_list_of_another_number_of_groups_is_refused_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, weights, entries: dict, said: str
) -> None:
    path = grouped(tmp_path, react_at(tmp_path / "set"), scheme, weights, **entries)
    with pytest.raises(SystemExit, match="config.yaml: " + said) as stopped:
        trains(tmp_path / "work", path, monkeypatch)
    assert "\n" not in str(stopped.value)


def test_a_tokeniser_has_levels_for_each_of_its_groups() -> None:
    config = load(tokeniser={"groups": "4"})
    with pytest.raises(ValueError, match="tokeniser.levels has 5 lists, expected 4, one a group, or one for all"):
        Tokeniser(config.tokeniser, config.window)
