"""The SUHMo trainer starts, trains, saves and resumes, on made-up tracks."""

import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from mien_training.suhmo import export  # noqa: E402
from mien_training.suhmo.config import Config  # noqa: E402
from mien_training.suhmo.data import Windows, synthetic  # noqa: E402
from mien_training.suhmo.train import Trainer  # noqa: E402

TRAINING = Path(__file__).resolve().parents[1]


def train(folder: Path, steps: int, *more: str) -> str:
    config = (TRAINING / "mien_training" / "suhmo" / "configs" / "study.yaml").read_text()
    small = {"pairs: 16": "pairs: 4", "warm_up: 250": "warm_up: 2", "steps: 420": f"steps: {steps}"}
    for old, new in small.items():
        assert old in config
        config = config.replace(old, new)
    (folder / "small.yaml").write_text(config)
    command = [sys.executable, "-m", "mien_training.suhmo.train", "--synthetic"]
    command += ["--config", str(folder / "small.yaml"), "--output", str(folder)]
    done = subprocess.run([*command, *more], cwd=TRAINING, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout + done.stderr


def test_without_modes_velocities_are_made_and_judged_by_coordinate(tmp_path: Path) -> None:
    config = Config()
    config.model.hidden, config.model.modes, config.model.exact_norm, config.discriminator.hidden = 16, 0, True, 16
    config.train.pairs, config.train.warm_up, config.train.steps, config.train.check_every = 4, 1, 2, 2
    sequences = synthetic(count=4, frames=200)
    trainer = Trainer(config, Windows(sequences[:-1], config.data), Windows(sequences[-1:], config.data))
    assert trainer.discriminators.frame.layers[0].in_features == 544  # 4 of each of 136: the paper's 408, and the way
    trainer.run(tmp_path, 10)
    x, v = trainer.batch()
    position, speed = trainer.frames(x, v)[..., :136], trainer.frames(x, v)[..., 136:272]
    whole = x[:, 1:] - trainer.real.mean, v[:, 1:] / trainer.real.velocity_scale  # each coordinate's own, in its deviations
    assert torch.allclose(position, whole[0] / trainer.real.position_scale / trainer.real.deviation[0], atol=1e-5)
    assert torch.allclose(speed, whole[1] / trainer.real.deviation[1], atol=1e-5)
    export.write(tmp_path / "last.pt", tmp_path / "out.safetensors")
    x, v = x[:, :1], v[:, :1]
    made, _ = trainer.averaged.eval().rollout(x, v, observed=1, frames=3)
    written, _ = export.load(tmp_path / "out.safetensors")[0].rollout(x, v, observed=1, frames=3)
    assert torch.allclose(made, written, atol=1e-5)


def test_a_run_can_be_stopped_and_resumed(tmp_path: Path) -> None:
    train(tmp_path, 3)
    first = torch.load(tmp_path / "last.pt", weights_only=False)
    train(tmp_path, 5)
    second = torch.load(tmp_path / "last.pt", weights_only=False)
    assert (first["step"], second["step"]) == (3, 5)


def test_a_run_of_other_settings_is_not_gone_on_with(tmp_path: Path) -> None:
    train(tmp_path, 1)
    config = (tmp_path / "small.yaml").read_text()
    (tmp_path / "other.yaml").write_text(config.replace("hidden: 256", "hidden: 16"))
    command = [sys.executable, "-m", "mien_training.suhmo.train", "--synthetic", "--config", str(tmp_path / "other.yaml")]
    done = subprocess.run([*command, "--output", str(tmp_path)], cwd=TRAINING, capture_output=True, text=True, timeout=900)
    assert done.returncode == 1 and "model.hidden was 256 there, now it is 16" in done.stderr
