"""SUHMo's last layer keeps its gain, and the game's rates fall in its own last half."""

import pytest

torch = pytest.importorskip("torch")

from mien_training.suhmo.config import Config
from mien_training.suhmo.data import Windows, synthetic
from mien_training.suhmo.export import untrained
from mien_training.suhmo.generator import ExactSpectralNorm, Generator, passed_back
from mien_training.suhmo.train import Trainer


def test_a_matrix_is_divided_by_its_largest_singular_value() -> None:
    weight = torch.tensor([[0.0, 3.0, 0.0], [4.0, 0.0, 0.0]])  # singular values 4 and 3
    assert ExactSpectralNorm()(weight).tolist() == [[0.0, 0.75, 0.0], [1.0, 0.0, 0.0]]


def test_after_a_long_step_the_last_layer_still_has_norm_one() -> None:
    def norm(exact: bool) -> float:
        torch.manual_seed(1)
        model = Generator(32, modes=8, exact_norm=exact)
        model.out_last.weight  # one power iteration, where there are any
        model.out_last.parametrizations.weight.original.data += 0.1 * torch.randn(8, 32)
        return torch.linalg.matrix_norm(model.out_last.weight, 2).item()

    assert norm(exact=True) == pytest.approx(1, abs=1e-6)
    assert norm(exact=False) > 1.01


@pytest.mark.parametrize(("in_game", "share"), [(True, 1.0), (False, 0.1**0.5)])
def test_rates_fall_over_the_last_half_of_the_game_or_of_the_run(in_game: bool, share: float) -> None:
    config = Config()
    config.model.hidden, config.discriminator.hidden, config.model.modes = 8, 8, 4
    config.train.pairs, config.train.check_starts = 2, 8
    config.train.warm_up, config.train.steps, config.train.decay_in_game = 500, 1000, in_game
    sequences = synthetic(count=3, frames=200)
    trainer = Trainer(config, Windows(sequences[:2], config.data), Windows(sequences[2:], config.data))
    trainer.step = 750
    trainer.decay(trainer.step / config.train.steps)
    assert trainer.optimise_generator.param_groups[0]["lr"] == pytest.approx(share * config.train.rate_generator)


def test_a_share_of_the_gradient_passes_back_through_a_runs_feedback() -> None:
    """x' = x + v with v = w x made twice from x = 1: (1 + w)², by hand. Its derivative by w is 2 (1 + w); of the way through the
    second frame's input, which is w (1 + s w) with a share s of the gradient, it keeps s w beside 2 + w."""

    def derivative(share: float) -> float:
        w = torch.tensor(0.5, requires_grad=True)
        x = torch.tensor(1.0)
        for _ in range(2):
            x = x + w * passed_back(x, share)
        assert x.item() == 2.25
        return torch.autograd.grad(x, w)[0].item()

    assert [derivative(share) for share in (1.0, 0.9, 0.0)] == pytest.approx([3.0, 2.95, 2.5])


@pytest.mark.parametrize("kind", ["lstm", "transformer"])
def test_a_generator_whose_feedback_passes_nothing_back_makes_the_same_run(kind: str) -> None:
    def run(share: float) -> tuple[torch.Tensor, torch.Tensor]:
        torch.manual_seed(3)
        config = Config()
        config.model.kind, config.model.hidden, config.model.modes = kind, 16, 4
        model = untrained(config.model)
        model.modes.copy_(torch.randn(136, 4))
        model.feedback_gradient = share
        x, v = torch.rand(2, 1, 136), torch.rand(2, 1, 136)
        made, _ = model.rollout(x, v, observed=1, frames=5)
        made.square().mean().backward()
        return made.detach(), model.modes.new_tensor([p.grad.norm().item() for p in model.parameters() if p.grad is not None])

    (whole, gradients), (held, fewer) = run(1.0), run(0.0)
    assert torch.equal(whole, held)
    assert not torch.allclose(gradients, fewer)
