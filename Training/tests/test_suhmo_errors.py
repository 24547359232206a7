"""What a user of SUHMo's trainer and export gets wrong is said in one line, and a checkpoint is read on any device."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from mien_training.run import checkpoint  # noqa: E402
from mien_training.sfms import study as listeners  # noqa: E402
from mien_training.suhmo import candidates, export, judges, study, train  # noqa: E402
from mien_training.suhmo.config import Config  # noqa: E402
from mien_training.suhmo.data import Windows, synthetic  # noqa: E402

SMALL = """
model: {hidden: 8, modes: 4}
discriminator: {hidden: 8}
train: {pairs: 2, warm_up: 1, steps: 2, check_starts: 4}
"""


def of(source: str) -> str:
    return f"{SMALL}data: {{sources: {{{source!r}: 1.0}}}}"


def stopped(monkeypatch: pytest.MonkeyPatch, module, *arguments: object) -> str:
    """The line that a command stops with."""
    monkeypatch.setattr(sys, "argv", [module.__name__, *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        module.main()
    assert isinstance(stop.value.code, str), "a line that is printed, and status 1"
    assert len(stop.value.code.splitlines()) == 1
    return stop.value.code


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (None, "{folder}/run.yaml is not there"),
        ("model: {hiden: 8}", "{folder}/run.yaml: model: unknown key hiden"),
        ("model: {hidden: [", "while parsing a flow node"),
        ("model: {kind: gru}", "model.kind is 'gru', expected lstm or transformer"),
        (of("signals"), "data.sources: 'signals' is no set, expected one of dyads, signs, "),
        (of("signs"), "{folder}/signs.npz is not there"),
        (of("moves"), "{folder}/moves.npz: damaged; remove it"),
        (of("voxceleb2:/nowhere/vox"), "data.sources: voxceleb2:/nowhere/vox: /nowhere/vox is not there"),
        (of("voxceleb2:."), "voxceleb2:.: no id*/*_coord.json of training speakers is there"),
        (of("react2024:/nowhere/react"), "/nowhere/react is not there"),
        (of("react2024"), "'react2024' names no place, expected react2024:FOLDER"),
        (of("learning2listen:/nowhere"), "names no place, expected learning2listen:FOLDER:HOST"),
        (of("learning2listen:/nowhere:fallon"), "learning2listen:/nowhere:fallon: /nowhere is not there"),
        (of("confer:/nowhere/confer.hdf5"), "/nowhere/confer.hdf5 is not there"),
        (of("confer:run.yaml"), "h5py is not installed: pip install h5py"),
        ("data: {pairing: foo}", "{folder}/run.yaml: data.pairing is 'foo', expected random or conversation"),
        ("model: {kind: transformer, exact_norm: true}", "model.exact_norm is true, expected false: the Transformer has no spectral norm"),
        ("model: {modes: 137}", "model.modes is 137, expected 1 to 136, or 0 for the coordinates themselves"),
        ("model: {modes: -1}", "model.modes is -1, expected 1 to 136"),
        ("discriminator: {window_range: [40, 3]}", "window_range is [40, 3], expected the least and the most of 1 to 44 frames"),
        ("discriminator: {window_range: [3, 45]}", "window_range is [3, 45], expected"),  # 4 observed frames have velocities, 40 follow
        ("discriminator: {window_range: [0, 40]}", "window_range is [0, 40], expected"),
        ("discriminator: {window_range: [40]}", "window_range is [40], expected"),
        ("loss: {adversarial: {frame: 1}}", "loss.adversarial is {{'frame': 1}}, expected a number for each of frame, sequence, joint"),
        ("loss: {adversarial: {frame: 1, sequence: 1, joints: 1}}", "'joints': 1}}, expected a number for each of frame, sequence, joint"),
        ("loss: {adversarial: {frame: 1, sequence: 1, joint: x}}", "'joint': 'x'}}, expected a number for each"),
        (SMALL.replace("check_starts: 4", "minutes: 0"), "train.minutes is 0, expected more than 0"),
    ],
)
def test_what_cannot_be_trained_on_is_said_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: str | None, said: str
) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "moves.npz").write_bytes(b"PK\x03\x04 begun")
    if settings:
        (tmp_path / "run.yaml").write_text(settings)
    arguments = ["--synthetic"] * ("kind" in (settings or "")) + ["--config", tmp_path / "run.yaml"]
    line = stopped(monkeypatch, train, *arguments, "--output", tmp_path / "run", "--tracks", tmp_path)
    assert said.format(folder=tmp_path) in line
    if "kind" not in (settings or "") and "minutes" not in (settings or ""):
        line = stopped(monkeypatch, study, *arguments, "--output", tmp_path / "study", "--tracks", tmp_path, "--runs", "suhmo:1")
        assert said.format(folder=tmp_path) in line


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 begun", b"hello world\n", bytes(2000)])
def test_a_damaged_checkpoint_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes) -> None:
    (tmp_path / "run.yaml").write_text(SMALL)
    (tmp_path / "last.pt").write_bytes(damage)
    line = stopped(monkeypatch, train, "--synthetic", "--config", tmp_path / "run.yaml", "--output", tmp_path)
    assert line.startswith(f"{tmp_path}/last.pt: not a whole checkpoint")
    line = stopped(monkeypatch, export, "--checkpoint", tmp_path / "last.pt", "--output", tmp_path / "out.safetensors")
    assert line.startswith(f"{tmp_path}/last.pt: not a whole checkpoint")


def test_an_export_of_no_checkpoint_or_of_anothers_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    line = stopped(monkeypatch, export, "--checkpoint", tmp_path / "nope.pt", "--output", tmp_path / "out.safetensors")
    assert line == f"{tmp_path}/nope.pt is not there, expected a checkpoint"
    checkpoint.save({"config": {}, "model": {}}, tmp_path / "other.pt")
    line = stopped(monkeypatch, export, "--checkpoint", tmp_path / "other.pt", "--output", tmp_path / "out.safetensors")
    assert line.startswith(f"{tmp_path}/other.pt lacks averaged")


def test_no_minutes_are_not_the_configurations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run.yaml").write_text(SMALL)
    line = stopped(monkeypatch, train, "--synthetic", "--config", tmp_path / "run.yaml", "--output", tmp_path, "--minutes", "0")
    assert "--minutes or train.minutes is 0, expected more than 0" in line


def test_another_seed_is_another_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run.yaml").write_text(SMALL)
    asked = ("--synthetic", "--config", tmp_path / "run.yaml", "--output", tmp_path)
    monkeypatch.setattr(sys, "argv", ["train", *map(str, asked), "--seed", "12"])
    train.main()
    assert checkpoint.load(tmp_path / "last.pt")["config"]["train"]["seed"] == 12
    said = "train.seed was 12 there, now it is 7; give another --output, or --afresh"
    assert stopped(monkeypatch, train, *asked) == f"{tmp_path}/last.pt: {said}"


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for module in (train, study, listeners):
        assert stopped(monkeypatch, module, "--device", "cuda").startswith("--device cuda: no CUDA device is there")


def test_a_checkpoint_of_a_gpu_is_read_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config()
    config.model.hidden, config.model.modes, config.discriminator.hidden = 8, 4, 8
    config.train.pairs, config.train.check_starts = 2, 4
    sequences = synthetic(count=4, frames=200)
    trainer = train.Trainer(config, Windows(sequences[:3], config.data), Windows(sequences[3:], config.data))
    with monkeypatch.context() as there:
        there.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        trainer.save(tmp_path, ["last.pt", "best.pt"])
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):
            torch.load(tmp_path / "best.pt", weights_only=False)

    assert export.write(tmp_path / "best.pt", tmp_path / "out.safetensors")[1] == 0
    monkeypatch.setattr(judges, "load", lambda *_: (sequences[:3], sequences[3:]))
    assert len(judges.seen(tmp_path / "best.pt", None, batches=1)["joint"]) == 4
    chooser = SimpleNamespace(config=config, whole=lambda weights, folder, before: {})
    assert candidates.Chooser.run(chooser, tmp_path, tmp_path, [])["step"] == 0
    trainer.resume(tmp_path / "last.pt")
