"""The study of the predictor's training: its figures by cases worked out by hand, and that each row trains another loss."""

import json
import math
import sys
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from test_sfms_processes import trainer  # noqa: E402

from mien_training.sfms import predictor_study  # noqa: E402
from mien_training.sfms.channels import SMILE  # noqa: E402
from mien_training.sfms.predictor_study import ROWS, configured, figures, forgotten  # noqa: E402
from mien_training.sfms.train_predictor import entropy  # noqa: E402


class Even:
    """A predictor of one group and three codes that holds every class for as likely, but knows where a keyframe is by the speaker."""

    count = 1

    def __call__(self, motion, tokens, speaker, targets):
        logits = torch.zeros(*targets.shape, 4)
        logits[..., 0] = 40.0 * ((targets == 0) & (speaker[:, :1, :1] > 0))
        return logits


def blocks(speaker: float):
    """Two blocks of four rows, of which the second and the fourth have a keyframe."""
    targets = torch.tensor([0, 2, 0, 1]).view(1, 4, 1).repeat(2, 1, 1)
    return torch.zeros(2, 40, 62), torch.zeros(2, 40, 1, dtype=torch.long), torch.full((2, 40, 15), speaker), targets


def judged(speaker: float) -> dict[str, float]:
    checks = SimpleNamespace(parts=[SimpleNamespace(targets=[0], count=lambda _: 1)], plain=lambda _: blocks(speaker), groups=[SMILE])
    checks.past, checks.forget = 40, lambda *_: None
    return figures(Even(), checks, [2.0], 0.1)


def test_a_predictor_that_knows_nothing_has_the_entropy_of_its_classes():
    found = judged(speaker=0)
    assert found["smile"] == found["cold"] == found["blind"] == pytest.approx(math.log(4))
    assert found["all"] == pytest.approx(2 * math.log(4))
    # Three of four classes are keyframes, in half of the rows there is one.
    assert found["keyframes"] == pytest.approx(1.5)


def test_what_the_speaker_tells_is_what_is_lost_without():
    found = judged(speaker=1)
    # Rows without a keyframe are known, of the others each class is as likely.
    assert found["smile"] == pytest.approx(math.log(4) / 2, abs=1e-6) and found["blind"] == pytest.approx(math.log(4))
    assert found["keyframes"] == pytest.approx(0.75, abs=1e-6)
    assert found["timing"] < judged(speaker=0)["timing"]


def test_a_listener_that_has_forgotten_begins_at_the_neutral_face():
    made = trainer("predictor")
    motion, tokens, *_ = made.judged
    cold, none = forgotten(made.batches, motion, tokens)
    assert torch.equal(cold[..., :58], made.batches.neutral.expand(len(motion), 40, 58)) and not none.any()
    # Held for ever, the neutral face's smile and cheek are what their running means are.
    torch.testing.assert_close(cold[..., 58:], made.batches.means.expand(len(motion), 40, 4), atol=1e-5, rtol=0)
    assert not torch.equal(cold, motion) and tokens.any()


def test_a_class_weight_counts_rows_without_a_keyframe_for_less():
    logits, targets = torch.zeros(1, 2, 1, 4), torch.tensor([[[0], [3]]])
    assert entropy(logits, targets, torch.tensor([0.26, 1, 1, 1])) == pytest.approx(math.log(4) * (0.26 + 1) / 2)


@pytest.mark.parametrize("row", [row for row in ROWS if row != "as-shipped"])
def test_each_row_trains_another_loss(row):
    def loss(change: dict) -> float:
        made = trainer("predictor")
        for key, value in change.items():
            setattr(made.c, key, value)
        made.weight[0], made.model.is_sequential = made.c.transition_weight, made.c.rows == "sequential"
        return sum(made.loss(0.0).item() for _ in range(3))

    assert loss({}) == loss({}) != loss(ROWS[row][1])


def test_rows_change_one_thing_of_the_listeners_configuration():
    own = vars(configured("as-shipped").predictor)
    for row, (_, change) in ROWS.items():
        found = vars(configured(row).predictor)
        assert {key for key in own if found[key] != own[key]} == set(change)


def test_the_page_has_what_was_made_before_and_now(tmp_path, monkeypatch, capsys):
    path = tmp_path / "study.json"
    path.write_text(json.dumps({"weighted": dict.fromkeys(predictor_study.COLUMNS, 2.0)}))
    monkeypatch.setattr(predictor_study, "train", lambda row, *_: (SimpleNamespace(count=5), row))
    monkeypatch.setattr(predictor_study, "figures", lambda *_: dict.fromkeys(predictor_study.COLUMNS, 1.0))
    monkeypatch.setattr(sys, "argv", ["predictor_study", "parallel", "--json", str(path)])
    predictor_study.main()
    page = path.with_suffix(".md").read_text()
    assert "| all rows of a block at once, as in the paper | 1.000 |" in page and f"| {ROWS['weighted'][0]} | 2.000 |" in page
    assert set(json.loads(path.read_text())) == {"weighted", "parallel"} and "1.000" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["predictor_study", "cold"])
    with pytest.raises(SystemExit):
        predictor_study.main()
    assert "cold is no row, expected one of as-shipped, weighted" in capsys.readouterr().err
