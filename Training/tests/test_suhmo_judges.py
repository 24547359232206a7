"""SUHMo's judges, their hinge and their windows, the generator's squared error, and W/σ in the file: hand-worked cases."""

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.utils import parametrize  # noqa: E402

from mien_training.suhmo.config import Config  # noqa: E402
from mien_training.suhmo.discriminators import (  # noqa: E402
    Discriminators, ProjectionHead, SequenceDiscriminator, WindowSampler, hinge_discriminator, hinge_generator, window_starts,
)
from mien_training.suhmo.export import tensors  # noqa: E402
from mien_training.suhmo.generator import Generator, batch_pool  # noqa: E402
from mien_training.suhmo.train import Trainer  # noqa: E402


def test_judges_want_the_real_above_one_and_the_made_below_minus_one() -> None:
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-2.0, 0.5])
    assert hinge_discriminator(real, fake).item() == (0 + 0.5) / 2 + (0 + 1.5) / 2
    assert hinge_discriminator(torch.tensor([1.0]), torch.tensor([-1.0])).item() == 0


def test_the_generator_wants_high_scores() -> None:
    assert hinge_generator(torch.tensor([3.0, -1.0])).item() == -1


def test_a_windows_score_is_its_own_and_its_match_with_what_was_observed() -> None:
    """y = 0.5, h = 2, d = 4, β = 2: φ = ReLU(2, -2), ψ = (1, 0.25), Vφ = 6, and 4^(-1/2) 0.5 · 6 = 1.5 is added to each of ψ;
    of the second window, with d = 1, it is 3."""
    head = ProjectionHead(1)
    rows = {"phi": ([[1], [-1]], [0, 0]), "psi": ([[0.5, 0], [0, 1]], [0, 0.25]), "v": ([[3, 5]], [0]), "a": ([[2, 4]], [1])}
    for name, (weight, bias) in rows.items():
        layer = getattr(head, name)
        assert parametrize.is_parametrized(layer, "weight")  # its spectral norm
        parametrize.remove_parametrizations(layer, "weight")
        layer.weight.data, layer.bias.data = torch.tensor(weight, dtype=torch.float32), torch.tensor(bias, dtype=torch.float32)
    assert head.beta.item() == 5
    head.beta.data.fill_(2)
    score = head(torch.tensor([[[2.0], [2.0]]]), torch.tensor([[0.5]]), torch.tensor([4.0, 1.0]))
    assert score.flatten().tolist() == pytest.approx([2 * (1 + 1.5) + 4 * (0.25 + 1.5) + 1, 2 * (1 + 3) + 4 * (0.25 + 3) + 1])


def test_windows_are_half_of_their_length_apart_and_begin_among_the_observed() -> None:
    assert window_starts(10, 5, 40) == [-4, 1, 6, 11, 16, 21, 26]  # the last is of frames 26 to 35: the next would end at 41
    assert window_starts(7, 5, 12) == [-4, -1, 2, 5]
    assert window_starts(3, 5, 8) == [-2, -1, 0, 1, 2, 3, 4, 5]  # none of them has observed frames alone
    assert window_starts(40, 5, 40) == [-4]
    assert window_starts(40, 25, 40) == [-20, 0]


def test_lengths_are_of_an_exponential_from_3_to_40() -> None:
    """The quantile of u is 3 - 20 ln(1 - u (1 - e^(-38 / 20))): 3 of 0, 3 + 20 · 0.5537 = 14.07 of a half, 41 of 1."""
    fixed = lambda *draws: SimpleNamespace(random=lambda count: np.array(draws[:count]))  # noqa: E731
    sampler = WindowSampler()
    assert sampler.draw(fixed(0.5, 1.0, 0.0)) == [3, 14, 40]
    assert sampler.draw(fixed(0.0, 0.5, 0.0)) == [3, 14]  # none of them twice
    random = np.random.default_rng(1)
    drawn = np.array([WindowSampler(count=1).draw(random)[0] for _ in range(4000)])
    assert (drawn.min(), drawn.max()) == (3, 40)
    assert (drawn < 14).mean() == pytest.approx(0.4975, abs=0.02)  # (1 - e^(-11 / 20)) / (1 - e^(-38 / 20)): the median is 14
    assert drawn.mean() == pytest.approx(16, abs=0.5)


class Last(torch.nn.Module):
    """Instead of an LSTM: its last state is the last frame."""

    def forward(self, frames: torch.Tensor) -> tuple:
        return None, (frames[:, -1][None], None)


class Heard(torch.nn.Module):
    """Instead of the projection head: a score is the state, and what was observed is kept."""

    def forward(self, window: torch.Tensor, observed: torch.Tensor, distance: torch.Tensor) -> torch.Tensor:
        self.observed, self.distances = observed, getattr(self, "distances", []) + [distance.tolist()]
        return window[..., 0]


def scored(joint: bool) -> tuple[list[float], Heard]:
    """Of a pair whose one is at t and whose other is at 3 - t in frame t, 0 being the first predicted, of three observed frames
    and six predicted; windows of two frames from -1, 0 and 4 on, of four from 2 on."""
    judge = SequenceDiscriminator(1, 1, joint)
    judge.recurrent, judge.head = Last(), Heard()
    t = torch.arange(-2.0, 6.0)
    frames = torch.stack([t, 3 - t])[..., None]
    return judge(frames, 3, [2, 4], [[-1, 0, 4], [2]]).tolist(), judge.head


def test_a_score_is_the_mean_over_starts_and_then_over_lengths() -> None:
    scores, head = scored(joint=False)
    ends, others = (0 + 1 + 5) / 3, (3 + 2 - 2) / 3
    assert scores == pytest.approx([(ends + 5) / 2, (others - 2) / 2])
    assert head.distances == [[1, 1, 4], [2]]
    assert head.observed.flatten().tolist() == [-1, 4]  # the last observed frame


def test_the_joint_judge_sees_the_maximum_over_a_pair() -> None:
    scores, head = scored(joint=True)
    assert scores == pytest.approx([((3 + 2 + 5) / 3 + 5) / 2])
    assert head.observed.flatten().tolist() == [4]
    assert batch_pool(torch.tensor([[1.0, -5.0], [0.0, 7.0]])).tolist() == [[1, 7], [1, 7]]


def test_the_frame_judge_sees_predicted_frames_alone() -> None:
    judges = Discriminators(1, 4)
    judges.frame = torch.nn.Flatten(0, 1)
    frames = torch.arange(8.0)[None, :, None]
    assert judges(frames, 3, [], [], ["frame"])["frame"].flatten().tolist() == [2, 3, 4, 5, 6, 7]


def test_the_generators_squared_error_is_summed_over_x_and_y() -> None:
    """Predicted frames are 3 off, 2 · 9; observed positions 0.2 in units of 0.1, and velocities 0.003 in units of 0.001, 2 (4 + 9)."""
    config = Config()
    config.data.observed, config.loss.l2_predicted, config.loss.l2_observed = 3, 0.5, 0.25
    scales = SimpleNamespace(position_scale=torch.tensor(0.1), velocity_scale=torch.tensor(0.001))
    trainer = SimpleNamespace(config=config, generator=scales)
    fake = torch.full((2, 6, 4), 3.0)
    fake[:, :2] = 5.0  # frames 1 and 2 are observed
    real_x, real_v = torch.zeros(2, 7, 136), torch.zeros(2, 7, 136)
    made = real_x[:, 1:], real_v[:, 1:], real_x[:, 1:3] + 0.2, real_v[:, 1:3] + 0.003, 0.0
    loss = Trainer.generator_loss(trainer, made, (real_x, real_v), fake, torch.zeros_like(fake), {})
    assert loss.item() == pytest.approx(0.5 * 2 * 9 + 0.25 * 2 * (4 + 9))


@pytest.mark.parametrize("exact", [False, True])
def test_the_files_matrices_are_divided_by_their_largest_singular_value(exact: bool) -> None:
    torch.manual_seed(2)
    model = Generator(24, exact_norm=exact)
    layers = {name: getattr(model, name) for name in ("out_in", "out_hidden", "out_last")}
    for layer in layers.values():
        layer.parametrizations.weight.original.data *= 3
        for _ in range(0 if exact and layer is model.out_last else 300):
            layer.weight  # one power iteration of PyTorch's
    found = tensors(model)
    for name, layer in layers.items():
        raw = layer.parametrizations.weight.original
        expected = raw / torch.linalg.matrix_norm(raw, 2)
        assert torch.allclose(torch.from_numpy(found[f"{name}.weight"]), expected, atol=2e-4)
        assert np.linalg.norm(found[f"{name}.weight"], 2) == pytest.approx(1, abs=2e-3)
    assert np.array_equal(found["init_in.weight"], model.init_in.weight.detach().numpy())  # has no spectral norm
