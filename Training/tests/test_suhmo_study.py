"""A study of SUHMo passes over what is done, goes on with what is not, and stops at what is of other settings."""

import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from mien_training.run import checkpoint  # noqa: E402
from mien_training.suhmo import study  # noqa: E402
from mien_training.suhmo.data import synthetic  # noqa: E402

SMALL = """
model: {hidden: 8, modes: 4}
discriminator: {hidden: 8}
train: {pairs: 2, warm_up: 1, steps: 2, check_starts: 4}
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Asks for the study's first run, with more arguments, of made-up tracks; its last checkpoint."""
    made = synthetic(count=4, frames=200)
    monkeypatch.setattr(study, "load", lambda *_: (made[:3], made[3:]))
    (tmp_path / "run.yaml").write_text(SMALL)

    def ask(*more: str, settings: str = SMALL) -> dict:
        (tmp_path / "run.yaml").write_text(settings)
        named = ["--config", str(tmp_path / "run.yaml"), "--output", str(tmp_path), "--runs", "suhmo:1"]
        monkeypatch.setattr(sys, "argv", ["study", *named, *more])
        study.main()
        return torch.load(tmp_path / "suhmo-1" / "last.pt", weights_only=False)

    return ask


def test_a_run_that_is_done_is_passed_over_and_one_of_fewer_steps_goes_on(tmp_path: Path, monkeypatch, asked) -> None:
    assert asked()["step"] == 2
    with monkeypatch.context() as there:
        there.setattr(study, "train", lambda *_: pytest.fail("trained"))
        asked()
        asked("--steps", "1")
        with pytest.raises(pytest.fail.Exception, match="trained"):
            asked("--steps", "3")
    assert asked("--steps", "3")["step"] == 3 and (tmp_path / "suhmo-1" / "done").exists()


def test_a_run_of_other_settings_is_not_passed_over(tmp_path: Path, asked) -> None:
    asked()
    other = SMALL.replace("warm_up: 1", "warm_up: 0")
    said = r"suhmo-1/last\.pt: train\.warm_up was 1 there, now it is 0; give another --output, or --afresh"
    with pytest.raises(SystemExit, match=said):
        asked(settings=other)
    (tmp_path / "suhmo-1" / "done").unlink()
    with pytest.raises(SystemExit, match=said):
        asked(settings=other)


def test_a_run_of_other_settings_begins_again_where_that_is_asked(tmp_path: Path, asked) -> None:
    first = asked()
    again = asked("--afresh")
    assert all(torch.equal(a, b) for a, b in zip(first["generator"].values(), again["generator"].values()))  # not two steps more
    after = asked("--afresh", settings=SMALL.replace("warm_up: 1", "warm_up: 0"))
    assert after["step"] == 2 and after["config"]["train"]["warm_up"] == 0
    assert (tmp_path / "suhmo-1" / "done").exists()


def test_an_older_run_that_does_not_name_a_setting_is_passed_over_where_it_is_as_it_was(tmp_path: Path, monkeypatch, asked) -> None:
    state, last = asked(), tmp_path / "suhmo-1" / "last.pt"
    del state["config"]["data"]["evenness"]  # 0 is as before there was a choice
    checkpoint.save(state, last)
    monkeypatch.setattr(study, "train", lambda *_: pytest.fail("trained"))
    asked()
    with pytest.raises(SystemExit, match=r"data\.evenness was 0\.0 there, now it is 1\.0"):
        asked(settings=SMALL + "data: {evenness: 1}")


def test_a_run_that_begins_again_keeps_no_best_of_the_one_before(tmp_path: Path, asked) -> None:
    asked()
    folder = tmp_path / "suhmo-1"
    for name in ("best.pt", "step_9.pt"):
        (folder / name).write_bytes(b"of the run before")
    asked("--afresh")
    assert not (folder / "step_9.pt").exists()
    assert not (folder / "best.pt").exists() or (folder / "best.pt").read_bytes() != b"of the run before"
