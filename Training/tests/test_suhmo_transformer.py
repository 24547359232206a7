"""The Transformer variant is causal, mixes pairs, and trains with the same trainer."""

import pytest

torch = pytest.importorskip("torch")

from mien_training.suhmo.config import Config  # noqa: E402
from mien_training.suhmo.data import Windows, synthetic  # noqa: E402
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
