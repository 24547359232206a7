"""Which takes SUHMo holds out, of which sources."""

import pytest

pytest.importorskip("torch")

from mien_training.suhmo import tracks  # noqa: E402
from mien_training.suhmo.config import Data  # noqa: E402
from mien_training.suhmo.data import synthetic  # noqa: E402

#: Some of split.yaml's takes in the sources that they are of, and one of each that is in training.
TAKES = {
    "signs": ["a_affirmative", "a_doubt_question", "a_yn_question", "b_topics", "b_wh_question", "a_topics", "b_emphasis"],
    "clips": ["portrait_d1", "portrait_d3", "portrait_d9", "portrait_d13", "portrait_d10", "portrait_d20"],
    "moves": ["yes1", "no1"],
}


@pytest.fixture(autouse=True)
def recordings(monkeypatch: pytest.MonkeyPatch) -> None:
    face = synthetic(count=1, frames=60)[0].landmarks
    made = lambda source: [tracks.Sequence(f"{name}#00", source, face, name) for name in TAKES[source]]  # noqa: E731
    monkeypatch.setattr(tracks, "sequences", lambda folder, sources: [s for source in sources for s in made(source)])


def names(test: bool = False, **settings) -> list[set[str]]:
    return [{s.recording for s in part} for part in tracks.load(None, Data(**settings), test)]


def test_takes_of_sources_that_are_not_asked_for_need_not_be_there() -> None:
    assert names(sources={"signs": 1.0}) == [{"a_affirmative"}, {"a_topics", "b_emphasis"}]
    assert names(sources={"clips": 1.0}) == [{"portrait_d1"}, {"portrait_d10", "portrait_d20"}]
    assert names(sources={"clips": 1.0}, test=True) == [{"portrait_d1"}, {"portrait_d3", "portrait_d9", "portrait_d13"}]
    both = [{"a_affirmative", "portrait_d1"}, {"a_topics", "b_emphasis", "portrait_d10", "portrait_d20"}]
    assert names(sources={"signs": 0.5, "clips": 0.5}) == both


def test_a_take_of_the_split_that_has_gone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TAKES, "clips", TAKES["clips"][:-1])
    with pytest.raises(ValueError, match="^held-out take portrait_d20 is in none of signs, clips$"):
        names(sources={"signs": 0.5, "clips": 0.5})


def test_a_take_that_the_configuration_names_has_to_be_there() -> None:
    assert names(sources={"moves": 1.0}, holdout=["no1"]) == [{"yes1"}, {"no1"}]
    for named in ({"holdout": ["portrait_d10"]}, {"validation": ["portrait_d10"]}):
        with pytest.raises(ValueError, match="^held-out take portrait_d10 is in none of signs$"):
            names(sources={"signs": 1.0}, **named)


def test_sources_of_which_the_split_holds_nothing_out_need_takes_of_their_own() -> None:
    with pytest.raises(ValueError, match="^data.holdout: split.yaml holds no take of moves out, expected takes of theirs$"):
        names(sources={"moves": 1.0})
