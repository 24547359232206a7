"""The SUHMo trainer starts, trains, saves and resumes, on made-up tracks."""

import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

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
