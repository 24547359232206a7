"""Two processes train one SUHMo as one process does, and an interrupted run goes on as if it had not been."""

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")

from mien_training.run import processes  # noqa: E402
from mien_training.suhmo import tracks, train  # noqa: E402
from mien_training.suhmo.config import Config  # noqa: E402
from mien_training.suhmo.data import Windows, synthetic  # noqa: E402
from mien_training.suhmo.train import Trainer  # noqa: E402
from two_processes import as_one_of_them, in_two_processes  # noqa: E402


def trainer() -> Trainer:
    config = Config()
    config.model.hidden, config.model.modes, config.discriminator.hidden = 16, 6, 16
    config.train.pairs, config.train.warm_up, config.loss.structure = 4, 2, 1.0
    config.train.steps, config.train.check_every = 6, 2
    sequences = synthetic(count=4, frames=200)
    return Trainer(config, Windows(sequences[:-1], config.data), Windows(sequences[-1:], config.data))


def weights(made: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for m in (made.generator, made.discriminators) for p in m.parameters()])


def steps(made: Trainer) -> tuple[torch.Tensor, torch.Tensor]:
    """The weights after one step of each kind, and the gradients that led there."""
    made.warm_up_step()
    made.adversarial_step()
    networks = (made.generator, made.discriminators)
    gradients = [p.grad.flatten() for network in networks for p in network.parameters() if p.grad is not None]
    return weights(made), torch.cat(gradients)


def test_two_processes_step_as_one_does_on_the_joined_batch(tmp_path: Path) -> None:
    first, second = in_two_processes(__file__, tmp_path)
    assert torch.equal(first[0], second[0])
    torch.set_num_threads(1)
    begun = weights(trainer())
    alone, gradients = steps(trainer())
    assert (alone - begun).abs().max() > 1e-5
    # Adam's first step is the gradient's sign, so what hardly has a gradient may go either way: few weights, not none.
    assert ((first[0] - alone).abs() > 1e-6).float().mean() < 0.02
    assert (first[1] - gradients).abs().max() < 1e-3 * gradients.abs().max()


def test_an_interrupted_run_ends_as_an_uninterrupted_one(tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = trainer()
    whole.run(tmp_path, 10)
    part = trainer()
    part.config.train.steps = 4
    # the schedule knows six steps
    part.decay = lambda done: Trainer.decay(part, done * 4 / 6)
    part.run(tmp_path, 10)
    resumed = trainer()
    resumed.restore(torch.load(tmp_path / "last.pt", weights_only=False))
    resumed.run(tmp_path, 10)
    assert resumed.step == whole.step == 6
    assert torch.equal(weights(resumed), weights(whole))


def noisy() -> tuple[torch.Tensor, torch.Tensor]:
    """The weights after a step of each kind whose judges hear noise, and the noise that the next ones would hear."""
    made = trainer()
    made.config.discriminator.noise = 0.3
    after, _ = steps(made)
    made.discriminators = lambda frames, *_: {"noise": frames}
    return after, made.judge(torch.zeros(4, 44, 24), ["noise"], [], [])["noise"]


def test_each_process_has_noise_of_its_own(tmp_path: Path) -> None:
    (first, noise), (second, others) = in_two_processes(__file__, tmp_path, "noisy")
    assert torch.equal(first, second) and first.isfinite().all()
    assert noise.std() == pytest.approx(0.3, rel=0.05) and abs((noise * others).mean() / 0.09) < 0.1


def test_one_process_draws_noise_as_it_always_did() -> None:
    """From the generator that the seed set before there were weights: nothing else draws in between."""
    made = trainer()
    after = torch.get_rng_state()
    torch.manual_seed(made.config.train.seed)
    train.untrained(made.config.model)
    train.untrained(made.config.model)
    train.Discriminators(24, 16)
    assert torch.equal(torch.get_rng_state(), after)


def shared() -> tuple[torch.Tensor, torch.Tensor]:
    """The mean of a number of each process, and the gradient of its square there."""
    own = torch.tensor(float(1 + 4 * processes.rank()), requires_grad=True)
    mean = processes.mean(own)
    (mean**2).backward()
    return mean.detach(), own.grad


def test_gradients_flow_through_a_mean_over_processes(tmp_path: Path) -> None:
    """Of 1 and 5 it is 3; the sum of both processes' 3² falls by 2 · 2 · 3 / 2 a number."""
    assert in_two_processes(__file__, tmp_path, "shared") == [(3.0, 6.0), (3.0, 6.0)]


def loaded(folder: str) -> bool:
    """Whether a process found what another was writing; the first takes its time."""

    def load(*_: object) -> tuple[list, list]:
        there = (Path(folder) / "cache").exists()
        if not processes.rank():
            time.sleep(1)
            (Path(folder) / "cache").touch()
        return [there], []

    tracks.load = load
    return train.sequences(SimpleNamespace(synthetic=False, tracks=None), Config())[0][0]


def test_the_first_process_writes_the_cache_before_others_look_for_it(tmp_path: Path) -> None:
    assert in_two_processes(__file__, tmp_path, "loaded", str(tmp_path)) == [False, True]


if __name__ == "__main__":
    kinds = {"steps": lambda: steps(trainer()), "noisy": noisy, "shared": shared, "loaded": loaded}
    as_one_of_them(lambda kind="steps", *more: kinds[kind](*more))
