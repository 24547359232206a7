"""A SUHMo run that its minutes end is chosen from as one that its steps end, and a resumed one has no minutes anew."""

from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from mien_training.suhmo import train  # noqa: E402
from mien_training.suhmo.config import Config  # noqa: E402
from mien_training.suhmo.data import Windows, synthetic  # noqa: E402


class Run(train.Trainer):
    """Steps that do nothing, of a second each, and checks that are the better the later."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, steps: int, warm_up: int = 2, **settings: float):
        config = Config()
        config.model.hidden, config.model.modes, config.discriminator.hidden = 8, 4, 8
        for name, value in dict(steps=steps, warm_up=warm_up, pairs=2, check_every=4, check_starts=4, **settings).items():
            setattr(config.train, name, value)
        sequences = synthetic(count=3, frames=140)
        super().__init__(config, Windows(sequences[:2], config.data), Windows(sequences[2:], config.data))
        self.clock, self.written = 0.0, []
        monkeypatch.setattr(train, "time", SimpleNamespace(monotonic=lambda: self.clock))

    def warm_up_step(self) -> dict[str, float]:
        self.clock += 1
        return 1.0

    def adversarial_step(self) -> dict[str, float]:
        return {"d": self.warm_up_step()}

    def check(self) -> dict[str, float]:
        return {"step": self.step, "frechet": 1 / self.step}

    def save(self, output: Path, names: list[str]) -> None:
        self.written.append((self.step, *[name for name in names if not name.startswith("step")]))

    def rate(self) -> float:
        return self.optimise_generator.param_groups[0]["lr"] / self.config.train.rate_generator


def test_a_run_by_steps_is_chosen_from_after_half_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    run = Run(monkeypatch, steps=18)
    run.run(tmp_path, 60)
    both = "last.pt", "best.pt"
    assert run.written == [(4, "last.pt"), (8, "last.pt"), (12, *both), (16, *both), (18, "last.pt")]
    assert run.rate() == pytest.approx(0.1) and "no best.pt" not in capsys.readouterr().out


def test_a_run_by_minutes_is_chosen_from_after_half_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    run = Run(monkeypatch, steps=60000)
    run.run(tmp_path, 18 / 60)
    both = "last.pt", "best.pt"
    assert run.written == [(4, "last.pt"), (8, "last.pt"), (12, *both), (16, *both), (18, *both)]
    assert run.rate() == pytest.approx(0.1) and "no best.pt" not in capsys.readouterr().out


def test_a_run_whose_game_never_begins_says_that_it_has_no_best(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    run = Run(monkeypatch, steps=60000, warm_up=40, judges_first=10)
    run.run(tmp_path, 18 / 60)
    assert all(names == ["last.pt"] for _, *names in run.written)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "best.pt" in line]
    assert "up to step 18, was in the run's last half and after step 50" in line


def test_minutes_before_an_interruption_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    first = Run(monkeypatch, steps=10)
    first.run(tmp_path, 1)
    assert first.seconds == 10  # those after the last check, too
    resumed = Run(monkeypatch, steps=60000)
    resumed.restore(first.state())
    resumed.run(tmp_path, 18 / 60)
    assert resumed.step == 18 and resumed.seconds == 18
    again = Run(monkeypatch, steps=60000)
    again.restore(resumed.state())
    again.run(tmp_path, 18 / 60)
    assert again.step == 18 and "its 0.3 minutes are over at step 18" in capsys.readouterr().out
