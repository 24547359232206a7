"""The Transformer variant is causal, mixes pairs, and trains with the same trainer; and so do judges that attend."""

from dataclasses import asdict
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from mien_training.run import checkpoint  # noqa: E402
from mien_training.suhmo.config import Config  # noqa: E402
from mien_training.suhmo.data import Windows, synthetic  # noqa: E402
from mien_training.suhmo.discriminators import Discriminators, TransformerDiscriminator  # noqa: E402
from mien_training.suhmo.train import Trainer  # noqa: E402
from mien_training.suhmo.transformer import TransformerGenerator  # noqa: E402


def test_what_comes_later_changes_nothing_earlier_and_a_partner_changes_all() -> None:
    torch.manual_seed(0)
    model = TransformerGenerator(16)
    x, v = torch.randn(2, 6, 136), torch.randn(2, 6, 136)
    first, _ = model.rollout(x, v, observed=6, frames=5)
    x[:, 4] += 1
    again, _ = model.rollout(x, v, observed=6, frames=5)
    assert torch.equal(first[:, :4], again[:, :4]) and not torch.equal(first[:, 4], again[:, 4])
    x[1, 0] += 1
    assert not torch.equal(model.rollout(x, v, observed=6, frames=5)[0][0, 0], first[0, 0])
    model.pair_pool = False
    alone = model.rollout(x[:1].repeat(2, 1, 1), v[:1].repeat(2, 1, 1), observed=6, frames=5)[0]
    assert torch.allclose(alone[0], model.rollout(x, v, observed=6, frames=5)[0][0], atol=1e-6)


def test_it_trains() -> None:
    torch.set_num_threads(1)
    config = Config()
    config.model.kind, config.model.hidden, config.model.modes, config.discriminator.hidden = "transformer", 16, 6, 16
    config.train.pairs = 4
    sequences = synthetic(count=4, frames=200)
    trainer = Trainer(config, Windows(sequences[:-1], config.data), Windows(sequences[-1:], config.data))
    before = trainer.generator.out_last.weight.clone()
    assert trainer.warm_up_step() > 0
    trainer.adversarial_step()
    assert not torch.equal(before, trainer.generator.out_last.weight)
    assert trainer.check()["frechet_40"] > 0


def small(kind: str) -> Trainer:
    """A Transformer generator before judges of a kind."""
    config = Config()
    config.model.kind, config.model.hidden, config.model.modes = "transformer", 16, 6
    config.discriminator.kind, config.discriminator.hidden, config.discriminator.embedding = kind, 16, 8
    config.train.pairs, config.train.warm_up, config.train.check_starts = 4, 0, 4
    sequences = synthetic(count=4, frames=200)
    return Trainer(config, Windows(sequences[:-1], config.data), Windows(sequences[-1:], config.data))


def test_judges_that_attend_score_each_sample_or_pair() -> None:
    torch.manual_seed(0)
    judges, frames = Discriminators(12, 16, "transformer"), torch.randn(6, 44, 12)
    assert judges.sequence.token.shape == (128,) and judges.frame.layers[0].out_features == 16
    scores = judges(frames, 5, [3, 40], [[-2, 0, 37], [-4]], ["frame", "sequence", "joint"])
    assert {name: score.shape for name, score in scores.items()} == {"frame": (240, 1), "sequence": (6,), "joint": (3,)}
    swapped = frames.view(3, 2, 44, 12).flip(1).reshape(6, 44, 12)
    judges.eval()  # a spectral norm goes on while training
    one, other = (judges(x, 5, [3], [[0, 9]], ["sequence", "joint"]) for x in (frames, swapped))
    assert torch.allclose(one["joint"], other["joint"], atol=1e-6) and not torch.allclose(one["sequence"], other["sequence"])
    with pytest.raises(ValueError, match="discriminator.kind is 'gru', expected lstm or transformer"):
        Discriminators(12, 16, "gru")


def test_a_token_attends_to_its_windows_frames_alone() -> None:
    """Against attention worked out frame by frame; four observed frames, the first of which is not given, then windows of two
    and of four."""
    torch.manual_seed(1)
    judge, frames = TransformerDiscriminator(3, 8, joint=False).eval(), torch.randn(1, 10, 3)
    lengths, starts = [2, 4], [[-1, 3], [2]]

    def attended(first: int, end: int) -> torch.Tensor:
        rows = [judge.token, *(judge.embed(frames[0, t]) for t in range(first, end))]
        weights = torch.stack([judge.own.query(judge.token) @ judge.own.key(row) / 8**0.5 for row in rows]).exp()
        mean = sum(weight * judge.own.value(row) for weight, row in zip(weights / weights.sum(), rows))
        return judge.own.norm(judge.token + judge.own.out(mean))

    def state(first: int, end: int) -> torch.Tensor:
        z = attended(first, end)
        return judge.norm(z + judge.feed_out(torch.nn.functional.leaky_relu(judge.feed_in(z), 0.2)))

    def scored(first: int, length: int) -> torch.Tensor:
        return judge.head(state(3 + first, 3 + first + length)[None, None], state(0, 3)[None], torch.tensor([max(first, 1.0)]))

    expected = ((scored(-1, 2) + scored(3, 2)) / 2 + scored(2, 4)) / 2
    assert torch.allclose(judge(frames, 4, lengths, starts), expected[0], atol=1e-6)
    frames[:, 9] += 1  # of no window
    assert torch.allclose(judge(frames, 4, lengths, starts), expected[0], atol=1e-6)
    frames[:, 8] += 1
    assert not torch.allclose(judge(frames, 4, lengths, starts), expected[0], atol=1e-6)


def test_a_pairs_tokens_are_pooled_after_attention() -> None:
    torch.manual_seed(2)
    judge, frames, seen = TransformerDiscriminator(3, 8, joint=True), torch.randn(4, 6, 3), torch.ones(1, 6, dtype=torch.bool)
    heard = []
    judge.feed_in.register_forward_hook(lambda layer, given, made: heard.append(given[0]))
    judge.states(frames, seen)
    apart = judge.attended(frames, seen)
    assert torch.equal(heard[0], torch.maximum(apart[0::2], apart[1::2])) and not torch.equal(apart[0], apart[1])


def test_it_trains_before_judges_that_attend() -> None:
    torch.set_num_threads(1)
    trainer = small("transformer")
    before = {name: p.detach().clone() for name, p in trainer.discriminators.named_parameters()}
    figures = [trainer.adversarial_step() for _ in range(2)]
    assert all(value == value for step in figures for value in step.values()) and {"d", "g"} <= figures[1].keys()
    still = [name for name, p in trainer.discriminators.named_parameters() if torch.equal(p, before[name])]
    # what is added to real and made scores alike has no gradient while none is beyond the hinge
    assert all(name.endswith(("head.v.bias", "head.a.bias")) for name in still)


def test_a_checkpoint_from_before_there_was_a_choice_of_judges_is_gone_on_with(tmp_path: Path) -> None:
    old = small("lstm")
    state = old.state() | {"config": asdict(old.config)}
    del state["config"]["discriminator"]["kind"], state["config"]["discriminator"]["embedding"]
    checkpoint.save(state, tmp_path / "last.pt")
    with pytest.raises(SystemExit, match="discriminator.kind was 'lstm' there, now it is 'transformer'"):
        small("transformer").resume(tmp_path / "last.pt")
    other = small("lstm")
    other.config.discriminator.embedding = 128  # which such judges do not have
    other.resume(tmp_path / "last.pt")
