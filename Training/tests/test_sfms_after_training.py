"""What follows the training of a listener on a published set is of that set's own parts, or says in a line what is instead."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file

from mien_training.run import checkpoint
from mien_training.sfms import (
    cards, choose, evaluate, export, gain, judge, listening, pictures, published, reconstruction, study, temperatures, train_tokeniser,
)  # fmt: skip
from mien_training.sfms.config import load
from mien_training.sfms.dataset import Windows
from mien_training.sfms.figures import lagged
from mien_training.sfms.mimicry import Mimicry
from mien_training.sfms.talk import faces
from mien_training.sfms.study import STUDY
from test_sfms_published import configured, learning2listen_at, react_at, trains


def react_that_is_heard(root: Path) -> str:
    """With wav2vec2's features, which the program cannot make of a voice."""
    source, random = react_at(root), np.random.default_rng(4)
    for path in root.rglob("3D_FV_files/**/1.npy"):
        part, _, *rest = path.relative_to(root).parts
        features = root / part / "Audio_features" / Path(*rest)
        features.parent.mkdir(parents=True)
        np.save(features, random.normal(0, 1, (224, 6)).astype(np.float32))
    return source


def trained(folder: Path, at, monkeypatch: pytest.MonkeyPatch, kind: str = "log-mel") -> Path:
    """The configuration of a listener that was trained on a set and exported as ``mien_training.sfms.train`` does it."""
    path = configured(folder, at(folder / "set"))
    tree = yaml.safe_load(path.read_text())
    tree["predictor"]["audio"]["kind"] = kind
    path.write_text(yaml.safe_dump(tree))
    trains(folder / "work", path, monkeypatch)
    fitted = folder / "fitted.yaml"
    fitted.write_text(yaml.safe_dump(tree | {"sampling": tree["sampling"] | {"response_gain": 2.5}}))
    run(monkeypatch, export, "--config", fitted, "--models", folder / "work/models", "--weights-only")
    return path


def run(monkeypatch: pytest.MonkeyPatch, module, *arguments) -> None:
    threads = torch.get_num_threads()
    monkeypatch.setattr("sys.argv", [module.__name__, *map(str, arguments)])
    try:
        with torch.no_grad():
            module.main()
    finally:
        torch.set_num_threads(threads)


class Program:
    """Instead of the Swift program: notes what it is asked, and answers with what the file of the person has."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.speakers: list[np.ndarray] = []
        self.models: set[Path] = set()
        monkeypatch.setattr(listening, "runs_of", self.runs_of)

    def runs_of(self, binary: str, speakers: np.ndarray, seeds: int, models: Path | None) -> list[np.ndarray]:
        self.speakers.append(speakers)
        self.models.add(models)
        random = np.random.default_rng(1)
        return [random.uniform(0, 1, (*speakers.shape[:2], 58)).astype(np.float32) for _ in range(seeds)]


@pytest.mark.parametrize("at, frames", [(react_at, 112), (learning2listen_at, 53)])
def test_the_table_and_the_pictures_are_of_the_sets_own_test_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, at, frames: int) -> None:
    path = trained(tmp_path, at, monkeypatch)
    source, program, table = load(path).data, Program(monkeypatch), tmp_path / "listening.json"
    capsys.readouterr()
    run(monkeypatch, listening, "--config", path, "--json", table, "--seeds", 2)
    test = published.part(source, "test")
    speakers = faces(test)[0]
    assert program.models == {tmp_path / "work/models"} and np.array_equal(program.speakers[0], speakers, equal_nan=True)
    said = capsys.readouterr().out
    assert f"trained on {source} and its baselines beside real partners: {len(test)} conversations of the part test, {frames} frames" in said
    assert "## 52 coefficients\n" in said and "(sfms-seeds.md)" not in said and "the truth lifted" not in said
    found = json.loads(table.read_text())
    assert found["measured"]["real partners"]["l2"] == 0 and all(np.isfinite(list(rows["SFMS"].values())).all() for rows in found.values())
    run(monkeypatch, pictures, "--config", path)
    assert {own.name for own in (tmp_path / "work/models/evaluation").iterdir()} == {"sfms-smiles.png", "sfms-velocities.png"}
    assert pictures.direction(test, 3) == f"conversation {test[1].name}, b as the speaker"
    assert len(program.speakers) == 3 and all(len(own) in (3, 4, len(speakers)) for own in program.speakers)


def test_a_listener_that_hears_answers_with_the_sets_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    path = trained(tmp_path, react_that_is_heard, monkeypatch, "own")
    monkeypatch.setattr(listening, "runs_of", lambda *_: pytest.fail("asked the program"))
    config, models = export.weights_of(path)
    talks = published.part(config.data, "test", "own")
    speakers = faces(talks)[0]
    both = listening.answers("", config, models, talks, speakers, 1)[0]
    networks = export.load_shipped(config, models)
    sound = evaluate.voices(talks, networks[1])[[3]]
    one = evaluate.listen(*networks, speakers[[3]], evaluate.shipped_sampling(config), 1, sound=sound)
    assert np.array_equal(listening.answers("", config, models, talks, speakers, 1, [3])[0], one)
    heard = []
    monkeypatch.setattr(listening, "listen", lambda *_, sound, **__: heard.append(sound) or both)
    run(monkeypatch, listening, "--config", path, "--seeds", 2)
    assert len(heard) == 2 and heard[0].shape == (6, 112, 6) and np.isfinite(heard[0]).all()
    assert "SFMS answers through the Python twin of the program's stream, with the set's sound." in capsys.readouterr().out
    with pytest.raises(SystemExit, match="this listener hears, .* expected mien_training.sfms.listening"):
        run(monkeypatch, judge, "--config", path)
    for module in (evaluate, choose):
        given = []
        monkeypatch.setattr(module, "listen", lambda *_, sound, **__: given.append(sound) or both[: len(sound)])
        run(monkeypatch, module, "--config", path, "--shipped" if module is choose else "--seeds=1")
        assert np.isfinite(given[0]).all()


def test_sampling_is_that_of_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = trained(tmp_path, react_at, monkeypatch)
    config, models = export.weights_of(path)
    assert load(path).sampling.response_gain == 9.0 and config.sampling.response_gain == 2.5
    assert models == tmp_path / "work/models" and export.trained_on(models) == config.data


def test_what_is_of_the_recordings_alone_says_so_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = trained(tmp_path, react_at, monkeypatch)
    source, models = load(path).data, tmp_path / "work/models"
    (tmp_path / "work" / export.TRIED).write_text("{}")
    shown = {
        (cards, "--config", path): f"whose data is recordings, not {source}: mien_training.sfms.listening --config prints the table",
        (pictures, "--config", path, "--only", "keyframes"): f"the configuration says {source}; of that set there are smiles and velocities",
        (listening, "--models", models): f"trained on {source}, the configuration says recordings; name that of its training by --config",
        (listening, "--config", path, "--models", tmp_path): "sfms-predictor.safetensors is not there, expected what mien_training.sfms.train",
        (gain,): f"data was '{source}' there, now it is 'recordings'; name the configuration of its training by --config",
    }  # fmt: skip
    for (module, *arguments), said in shown.items():
        with pytest.raises(SystemExit, match=said) as stopped:
            run(monkeypatch, module, *arguments)
        assert "\n" not in str(stopped.value)
    assert not (tmp_path / "work" / gain.CONFIG).exists()  # nothing was written
    assert export.trained_on(export.MODELS) == "recordings"


def test_cards_are_not_written_of_weights_in_models_that_others_data_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "Models"
    own.mkdir()
    facts = export.told(export.MODELS) | {"training_data": "react2024:/data/REACT2024"}
    save_file(load_file(export.MODELS / export.PREDICTOR), own / export.PREDICTOR, facts)
    for module in (cards, export):
        monkeypatch.setattr(module, "MODELS", own)
    with pytest.raises(SystemExit, match="trained on react2024:/data/REACT2024, the configuration says recordings"):
        run(monkeypatch, cards)


def test_figures_of_temperatures_of_a_set_stay_out_of_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = configured(tmp_path, react_at(tmp_path / "set"))
    monkeypatch.setenv("MIEN_WORK", str(tmp_path / "work"))
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / temperatures.TOLD).write_text("{}")

    class Pool:
        """Answers with figures that are all alike."""

        def __init__(self, _):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def map(self, _, asked):
            keys = (*temperatures.DISTANCES, "variance", "si", "si_pooled", "beat")
            row = {kind: dict.fromkeys(keys, 1.0) for kind in temperatures.SETS}
            names = (temperatures.OWN, temperatures.REAL, temperatures.NOISE, temperatures.LEARNT)
            return [dict.fromkeys(names, row) for _ in asked]

    monkeypatch.setattr(temperatures, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(temperatures, "MODELS", tmp_path / "Models")
    run(monkeypatch, temperatures, "--config", path)
    assert (tmp_path / "work" / temperatures.FILE).exists()


def test_what_was_not_sensed_is_an_empty_cell(tmp_path: Path) -> None:
    judge.write_sensed(tmp_path / "person.csv", np.array([[0.5, 0.25, 3, np.nan], [0.5, np.nan, 4, 2]], np.float32))
    names, *rows = csv.reader((tmp_path / "person.csv").open())
    assert [row[names.index("gaze_region")] for row in rows] == ["", "2.0"] and rows[1][3:5] == ["", ""]
    assert rows[0][1:6] == ["0.5", "0.5", "0.25", "0.25", "3.0"]


def test_what_the_program_says_of_a_track_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "mien"
    program.write_text("#!/bin/sh\necho 'mien: no such column' >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(SystemExit, match="^mien: no such column$"):
        listening.generate(str(program), np.zeros((2, 50, 4), np.float32), 1)
    with pytest.raises(SystemExit, match="^mien: no such column$"):
        reconstruction.measure(str(program), tmp_path / "row.safetensors", {"conversations": tmp_path / "track.csv"}, 3, "exact")
    monkeypatch.setattr(judge, "part", lambda *_, **__: [[SimpleNamespace(sensed=np.zeros((2, 50, 4), np.float32))]])
    with pytest.raises(SystemExit, match="^mien: no such column$"):
        run(monkeypatch, judge, "--binary", str(program))
    with pytest.raises(SystemExit, match="none: No such file or directory; expected a program"):
        run(monkeypatch, judge, "--binary", str(tmp_path / "none"))


def test_lags_are_sought_as_far_as_half_of_the_frames_meet() -> None:
    random = np.random.default_rng(1)
    a, b = random.normal(size=(2, 53))
    found = lagged(a, b)
    assert not found[: 75 - 26].any() and not found[75 + 27 :].any() and found[75 - 26 : 75 + 27].all()
    delays = Mimicry(*random.uniform(0, 1, (2, 4, 53, 58)).astype(np.float32)).delays
    assert delays.max() <= 26


def small_study(folder: Path, data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The study of the smallest networks on some data."""
    tree = yaml.safe_load(STUDY.read_text())
    tree["tokeniser"] |= dict(dim=16, ff=16, heads=2, layers=[1, 1, 1, 1], chooser_dim=8, quantiser_steps=4, steps=2, batch=2, check=2)
    (folder / "study.yaml").write_text(yaml.safe_dump(tree | {"data": data}))
    for module in (study, reconstruction):
        monkeypatch.setattr(module, "STUDY", folder / "study.yaml")


def test_the_study_of_a_set_is_measured_on_its_conversations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("MIEN_WORK", str(tmp_path / "work"))
    source, rows = react_at(tmp_path / "set"), ("small-dynamic", "small-static", "two-dense")
    small_study(tmp_path, source, monkeypatch)
    with pytest.raises(SystemExit, match="work/study: no row of the study is trained here, expected those of mien_training.sfms.study"):
        run(monkeypatch, reconstruction)
    for row in rows:
        study.run(row, 1e9)
    sets = reconstruction.held_out("test", source)
    own = [reconstruction.cut(face) for talk in published.part(source, "test") for face in talk.face]
    assert list(sets) == ["conversations"] and np.array_equal(sets["conversations"][0], np.concatenate(own))
    costs = {"exact": 300.0, "static": 320.0, "dense": 400.0}
    errors = {"exact": 0.5, "static": 1.0, "dense": 0.25}

    def measure(binary, file, tracks, k, placement):
        quantiles = dict.fromkeys(("50", "75", "90", "95", "99", "100"), 0.1)
        assert list(tracks) == ["conversations"]
        one = {"bits_per_second": costs[placement], "mask_bits_per_second": 0.0, "error": errors[placement], "quantiles": quantiles}
        return {"conversations": one}

    monkeypatch.setattr(reconstruction, "measure", measure)
    capsys.readouterr()
    run(monkeypatch, reconstruction, "--rows", *rows)
    said = capsys.readouterr().out
    assert f"on conversations of {source} kept out of training. Errors are" in said and "heads" not in said and "three kinds" not in said
    assert "On conversations it holds in 3 of 3 rows" in said and "lose less on conversations in 3 of 6 comparisons" in said
    other = react_at(tmp_path / "other")
    small_study(tmp_path, other, monkeypatch)
    for again in (lambda: study.run(rows[0], 1e9), lambda: run(monkeypatch, reconstruction)):
        with pytest.raises(SystemExit, match=f"small-dynamic.pt: data was '{source}' there, now it is '{other}'; choose another folder"):
            again()


def test_a_row_of_other_settings_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_WORK", str(tmp_path / "work"))
    small_study(tmp_path, react_at(tmp_path / "set"), monkeypatch)
    study.run("two-dense", 1e9)
    kept = tmp_path / "work/study/two-dense.pt"
    before = kept.read_bytes()
    monkeypatch.setattr(study, "train", lambda *_: pytest.fail("trained"))
    study.run("two-dense", 1e9)
    settings = (tmp_path / "study.yaml").read_text()
    (tmp_path / "study.yaml").write_text(settings.replace("steps: 2\n", "steps: 1\n"))  # it may have trained longer
    study.run("two-dense", 1e9)
    (tmp_path / "study.yaml").write_text(settings.replace("lr: 0.001\n", "lr: 0.5\n"))
    said = r"two-dense\.pt: tokeniser\.lr was 0\.001 there, now it is 0\.5; choose another folder by MIEN_WORK, or --afresh"
    with pytest.raises(SystemExit, match=said):
        study.run("two-dense", 1e9)
    assert kept.read_bytes() == before
    (tmp_path / "study.yaml").write_text(settings)
    state = checkpoint.load(kept)
    del state["config"]["data"]
    checkpoint.save(state, kept)
    study.run("two-dense", 1e9)  # from before checkpoints named their data


def test_rows_and_their_codes_begin_again_where_that_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIEN_WORK", str(tmp_path / "work"))
    small_study(tmp_path, react_at(tmp_path / "set"), monkeypatch)
    fitted, fit = [], train_tokeniser.train_quantisers
    monkeypatch.setattr(train_tokeniser, "train_quantisers", lambda *given: fitted.append(given[2]) or fit(*given))
    monkeypatch.setattr(study, "train", torch.enable_grad()(study.train))
    rows = ("small-dense", "small-static")  # of the same codes
    run(monkeypatch, study, *rows)
    settings = (tmp_path / "study.yaml").read_text()
    (tmp_path / "study.yaml").write_text(settings.replace("quantiser_steps: 4\n", "quantiser_steps: 3\n"))
    run(monkeypatch, study, *rows, "--afresh")
    assert fitted == [4, 3]
    states = [checkpoint.load(tmp_path / f"work/study/{row}.pt") for row in rows]
    assert [(state["reached"], state["config"]["tokeniser"]["quantiser_steps"]) for state in states] == [(2, 3), (2, 3)]


def test_codes_of_another_set_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, fitted = tmp_path / "codes.pt", []
    monkeypatch.setattr(train_tokeniser, "train_quantisers", lambda *_: fitted.append(1))
    for source in (react_at(tmp_path / "one"), react_at(tmp_path / "other")):
        config = load(configured(tmp_path, source))
        windows = Windows(published.part(source, "training"), [], config.window)
        for _ in range(2):
            train_tokeniser.begin(config, windows, kept)
        assert checkpoint.load(kept)["data"] == source
    assert len(fitted) == 2
