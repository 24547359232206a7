"""SUHMo's last layer keeps its gain, and the game's rates fall in its own last half."""

import pytest

torch = pytest.importorskip("torch")

from mien_training.suhmo.config import Config
from mien_training.suhmo.data import Windows, synthetic
from mien_training.suhmo.generator import ExactSpectralNorm, Generator
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
