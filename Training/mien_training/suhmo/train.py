"""Trains SUHMo: `python -m mien_training.suhmo.train [--config FILE] [--output FOLDER] [--afresh] [--synthetic]`,
or `torchrun --nproc-per-node N -m mien_training.suhmo.train ...` in N processes that share each batch.

A one-step maximum-likelihood warm-up, then one discriminator and one generator step in turn. The checkpoint whose
free runs come closest to held-out windows (Fréchet, `metrics.head_motion.Spaces`) is kept as `best.pt`.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_, parametrize
from tqdm import tqdm

from ..metrics import head_motion
from ..run import checkpoint, processes, randomness
from ..run.errors import in_a_line
from .config import DEFAULT, Config, _build
from .data import Sequence, Statistics, Windows, synthetic
from .discriminators import Discriminators, WindowSampler, hinge_discriminator, hinge_generator, window_starts
from .export import untrained
from .runs import run as free_runs


#: Where runs go unless told otherwise.
RUNS = Path(__file__).resolve().parents[3] / "runs"
#: How many frames' velocities the Δ-based baseline's way is measured in.
DISPLACEMENT = 8


def spread(tracks: list[np.ndarray], count: int, frames: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """About so many starts of so many frames, evenly over the tracks."""
    every = head_motion.starts(tracks, 4, frames)
    return every[:: max(len(every) // count, 1)]


def same_settings(path: Path, state: dict, config: Config) -> None:
    """Stops, with the way out, at a checkpoint of another configuration, but for how long it trains."""
    then = _build(Config, state["config"], str(path))  # what it does not name is as it was before there was a choice
    checkpoint.same_run(path, asdict(then), asdict(config), ("steps", "minutes"), "give another --output, or --afresh")


class Trainer:
    """The networks, their optimisers and the random state of one run."""

    def __init__(self, config: Config, training: Windows, validation: Windows, device: torch.device | str = "cpu"):
        self.config, self.training, self.validation = config, training, validation
        self.long = training.longer(config.data.long) if config.data.long_share else training
        if config.data.long_share and self.long is training:
            observed, long = config.data.observed, config.data.long
            processes.say(f"no sequence has the {observed + long} frames of long windows (data.long {long}): all have {training.length}")
        self.device = torch.device(device)
        settings = config.train
        processes.divides("train.pairs", settings.pairs)
        torch.manual_seed(settings.seed)
        self.random = np.random.default_rng(settings.seed)
        self.real = Statistics.of(training, config.model.modes, config.model.velocity_floor, np.random.default_rng(settings.seed))
        self.generator = untrained(config.model)
        for name in ("mean", "position_scale", "velocity_scale"):
            getattr(self.generator, name).copy_(getattr(self.real, name))
        if config.model.modes:
            self.generator.modes.copy_(self.real.modes * self.real.deviation[1])
        if config.model.displacement:
            self.generator.velocity_scale *= DISPLACEMENT
        self.averaged = untrained(config.model).requires_grad_(False)
        self.averaged.load_state_dict(self.generator.state_dict())
        judges = config.discriminator
        self.discriminators = Discriminators(4 * self.real.modes.shape[1], judges.hidden, judges.kind, judges.embedding)
        for network in (self.generator, self.averaged, self.discriminators):
            network.to(self.device)
        processes.equal_weights(self.generator, self.averaged, self.discriminators)
        self.real.to(self.device)
        betas = tuple(settings.betas)
        self.optimise_generator = self.fresh_optimiser()
        self.optimise_discriminator = torch.optim.Adam(
            self.discriminators.parameters(), settings.rate_discriminator, betas
        )
        window = config.discriminator
        self.sampler = WindowSampler(window.window_rate, *window.window_range, window.windows_a_pass)
        self.step, self.seconds = 0, 0.0
        self.best, self.since_best, self.history = float("inf"), 0, []
        count = settings.check_starts
        tracks = training.tracks(), validation.tracks()
        longest = min(max(map(len, part)) for part in tracks) - 1
        self.runs = tuple(n for n in head_motion.RUNS if n <= longest) or head_motion.RUNS[:1]
        self.spaces = head_motion.Spaces.fit(spread(tracks[0], 2 * count, self.runs[-1]), ("40 frames",), self.runs)
        self.check_starts = [s for part in tracks[::-1] for s in spread(part, count // 2, self.runs[-1])]
        self.check_real = {
            n: [head_motion.scored(start, after, n) for start, after in self.check_starts] for n in self.runs
        }
        self.generator.narrow = settings.bfloat16
        self.generator.feedback_gradient = settings.feedback_gradient
        randomness.apart(settings.seed)  # the noise of each process' part

    def fresh_optimiser(self) -> torch.optim.Adam:
        settings = self.config.train
        return torch.optim.Adam(self.generator.parameters(), settings.rate_generator, tuple(settings.betas))

    def batch(self, windows: Windows | None = None) -> tuple[Tensor, Tensor]:
        """This process' part of the next batch. All processes draw the same whole batch, so their random states agree."""
        x, v = (windows or self.training).batch(self.config.train.pairs, self.random)
        return processes.part(x).to(self.device), processes.part(v).to(self.device)

    # Frames as the judges see them.

    def frames(self, x: Tensor, v: Tensor) -> Tensor:
        """(B, T - 1, 4 K) from frame 1 on: positions, velocities, accelerations, and the way since frame 0 along the modes,
        each about 1 in size. The way is a departure: beside positions anywhere in the square, where a head wanders in a
        second hardly shows, and without it nothing tells a head that wanders from one that trembles."""
        position, speed, change = self.real.amounts(x, v)
        change = torch.cat([torch.zeros_like(change[:, :1]), change[:, 1:]], dim=1)  # a cold run knows no speed before
        if not self.config.discriminator.positions:
            position = torch.zeros_like(position)
        scaled = [part / scale for part, scale in zip((position, speed, change), self.real.deviation)]
        return torch.cat([*scaled, self.real.way(x) / self.real.structure[-2].sqrt()], dim=-1)

    def draw_windows(self, observed: int, predicted: int) -> tuple[list[int], list[list[int]]]:
        lengths = self.sampler.draw(self.random)
        most = self.config.discriminator.starts_a_window
        starts = []
        for length in lengths:
            every = window_starts(length, observed, predicted)
            if most and len(every) > most:
                every = sorted(self.random.choice(every, most, replace=False).tolist())
            starts.append(every)
        return lengths, starts

    # Steps.

    def warm_up_step(self) -> float:
        """One step of teacher-forced one-step regression."""
        x, v = self.batch()
        count = x.shape[1]
        with parametrize.cached():
            _, made = self.generator.rollout(x, v, observed=count, frames=count - 1)
            loss = (((made - v[:, 1:]) / self.generator.velocity_scale) ** 2).mean()
            self.optimise_generator.zero_grad(set_to_none=True)
            loss.backward()
        processes.average_gradients(self.generator.parameters())
        clip_grad_norm_(self.generator.parameters(), self.config.train.clip_norm)
        self.optimise_generator.step()
        return loss.item()

    @torch.no_grad()
    def average(self, decay: float) -> None:
        """Moves the averaged generator, the one that is checked and exported, towards the trained one."""
        for ours, theirs in zip(self.averaged.parameters(), self.generator.parameters()):
            ours.lerp_(theirs, 1 - decay)
        for ours, theirs in zip(self.averaged.buffers(), self.generator.buffers()):
            ours.copy_(theirs)  # scales, and the spectral norms' unit vectors, whose mean would not be one

    def nudges(self, count: int) -> Tensor:
        """Initial velocities as idling draws them: one for all points of a face, (count, 136)."""
        drawn = self.random.uniform(-1, 1, (count, 2)) * self.config.idle.velocity
        return torch.from_numpy(np.tile(drawn, 68).astype(np.float32)).to(self.device)

    def generate(self, x: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor | float]:
        """A free run after the observed frames, which are the real ones, or, cold, after the first frame alone, which is
        all that idling knows. Also the predictions of the observed ones, and the squared error of one step on from real
        frames, where that is weighed."""
        observed, count = self.config.data.observed, x.shape[1]
        begun, cold = v, self.random.random() < self.config.train.cold_starts
        if cold:
            nudge = processes.part(self.nudges(len(v) * processes.count()))
            begun, observed = torch.cat([nudge[:, None], v[:, 1:]], dim=1), 1
        error: Tensor | float = 0.0
        if self.config.loss.one_step and torch.is_grad_enabled():
            both_x, both_v = torch.cat([x, x]), torch.cat([begun, v])
            forced = torch.arange(len(both_x), device=x.device) >= len(x)
            made_x, made_v = self.generator.rollout(both_x, both_v, observed, count - 1, forced)
            error = (((made_v[len(x) :] - v[:, 1:]) / self.generator.velocity_scale) ** 2).mean()
            made_x, made_v = made_x[: len(x)], made_v[: len(x)]
        else:
            made_x, made_v = self.generator.rollout(x, begun, observed, count - 1)
        free = observed - 1  # made frame t is at index t - 1
        joined_x = torch.cat([x[:, :observed], made_x[:, free:]], dim=1)
        joined_v = torch.cat([begun[:, :observed], made_v[:, free:]], dim=1)
        return joined_x, joined_v, made_x[:, :free], made_v[:, :free], error

    def energy(self, made: tuple[Tensor, Tensor], real: tuple[Tensor, Tensor]) -> Tensor:
        """The energy distance of made and real windows, over the drawn lengths: ways along the modes, seen together with
        the pose that they start from."""
        total = 0.0
        observed, predicted = self.config.data.observed, self.config.data.predicted
        for length in (8, 16, predicted):
            start = observed + int(self.random.integers(predicted - length + 1))
            points = []
            for x, v in (made, real):
                along = x / self.real.velocity_scale @ self.real.modes / self.real.deviation[1]
                way = along[:, start : start + length] - along[:, start - 1 : start]
                speed = (v[:, start : start + length] / self.real.velocity_scale) @ self.real.modes
                speed = speed / self.real.deviation[1]
                size = self.real.structure[3].sqrt()
                points.append(torch.cat([(way / size).flatten(1), speed.flatten(1)], dim=1) / length**0.5)
            a, b = points
            count = len(a)
            within = lambda z: torch.cdist(z, z).sum() / (count * (count - 1))  # noqa: E731
            total = total + 2 * torch.cdist(a, b).mean() - within(a) - within(b)
        return total / 3

    def judge(
        self, frames: Tensor, judges: list[str], lengths: list[int], starts: list[list[int]]
    ) -> dict[str, Tensor]:
        if self.config.discriminator.noise:
            frames = frames + self.config.discriminator.noise * torch.randn_like(frames)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.config.discriminator.bfloat16):
            scores = self.discriminators(frames, self.config.data.observed, lengths, starts, judges)
        return {name: score.float() for name, score in scores.items()}

    def adversarial_step(self) -> dict[str, float]:
        """One step of the judges, then one of the generator, on the same free runs."""
        settings, weights = self.config.train, self.config.loss.adversarial
        observed, figures = self.config.data.observed, {}
        share = self.config.data.long_share
        real_x, real_v = self.batch(self.long if share and self.random.random() < share else self.training)
        lengths, starts = self.draw_windows(observed, real_x.shape[1] - observed)
        judges = [name for name, weight in weights.items() if weight]
        alone = judges and self.step < settings.warm_up + settings.judges_first
        with parametrize.cached(), torch.set_grad_enabled(not alone):
            made = self.generate(real_x, real_v)
        fake, real = self.frames(*made[:2]), self.frames(real_x, real_v)
        if judges:
            with parametrize.cached():
                figures["d"] = self.judges_step(real, fake.detach(), judges, lengths, starts)
        if alone:
            return figures
        loss = self.generator_loss(made, (real_x, real_v), fake, real, figures)
        if judges:
            self.discriminators.requires_grad_(False)
            with parametrize.cached():
                scores = self.judge(fake, judges, lengths, starts)
            adversarial = sum(weights[name] * hinge_generator(scores[name]) for name in judges)
            figures["g"] = adversarial.item() / len(judges)
            loss = loss + adversarial
        self.optimise_generator.zero_grad(set_to_none=True)
        loss.backward()
        self.discriminators.requires_grad_(True)
        processes.average_gradients(self.generator.parameters())
        clip_grad_norm_(self.generator.parameters(), settings.clip_norm)
        self.optimise_generator.step()
        figures["speed"] = (made[1][:, observed:].std() / real_v[:, observed:].std()).item()
        return figures

    def judges_step(
        self, real: Tensor, fake: Tensor, judges: list[str], lengths: list[int], starts: list[list[int]]
    ) -> float:
        on_real, on_fake = (self.judge(frames, judges, lengths, starts) for frames in (real, fake))
        loss = sum(hinge_discriminator(on_real[name], on_fake[name]) for name in judges)
        self.optimise_discriminator.zero_grad(set_to_none=True)
        loss.backward()
        processes.average_gradients(self.discriminators.parameters())
        clip_grad_norm_(self.discriminators.parameters(), self.config.train.clip_norm)
        self.optimise_discriminator.step()
        return loss.item() / len(judges)

    def generator_loss(
        self, made: tuple[Tensor, ...], real: tuple[Tensor, Tensor], fake: Tensor, true: Tensor, figures: dict
    ) -> Tensor:
        """What the generator is told besides the judges: the squared error on predicted and observed frames, and, as
        departures, the ways over several lags and the energy distance. The squared errors depart in what they are of: the
        paper's is of the 408 raw numbers, summed over x and y; here it is of predicted frames as the judges see them and of
        observed positions and velocities in deviations, with the sum's factor 2 kept."""
        made_x, made_v, seen_x, seen_v, error = made
        real_x, real_v = real
        weights, observed = self.config.loss, self.config.data.observed
        loss = weights.l2_predicted * 2 * ((fake - true) ** 2)[:, observed - 1 :].mean()
        if weights.one_step:
            figures["one_step"] = error.item()
            loss = loss + weights.one_step * error
        if weights.structure:
            ratio = torch.log(processes.mean(self.real.ways(made_x[:, observed:])) / self.real.structure) / 2
            figures["ways"] = (ratio**2).mean().item()
            loss = loss + weights.structure * (ratio**2).mean()
        if weights.energy:
            energy = self.energy((made_x, made_v), self.batch())
            figures["energy"] = energy.item()
            loss = loss + weights.energy * energy
        if seen_x.shape[1] > 0:
            g, first = self.generator, 1
            seen = (((seen_x - real_x[:, first:observed]) / g.position_scale) ** 2).mean()
            seen = seen + (((seen_v - real_v[:, first:observed]) / g.velocity_scale) ** 2).mean()
            loss = loss + weights.l2_observed * 2 * seen
        return loss

    def decay(self, done: float) -> None:
        """The rates fall to a tenth over the last half of a run, or, with `train.decay_in_game`, of its game."""
        if self.config.train.decay_in_game:
            begun = self.config.train.warm_up / self.config.train.steps
            done = max(done - begun, 0.0) / max(1 - begun, 1e-9)
        factor = 0.1 ** max(0.0, 2 * done - 1)
        if self.step > self.config.train.warm_up:
            for optimiser, rate in (
                (self.optimise_generator, self.config.train.rate_generator),
                (self.optimise_discriminator, self.config.train.rate_discriminator),
            ):
                for group in optimiser.param_groups:
                    group["lr"] = rate * factor

    # Checks and checkpoints.

    def check(self) -> dict[str, float]:
        """Fréchet distances of runs of 40 and, where takes are so long, 80 frames to people's, begun as idling begins, and their speed as a fraction
        of the real. Half of the starts are of the validation takes, half of the training's: the few validation takes
        alone move less than people do on the whole."""
        faces = np.array([start for start, _ in self.check_starts])
        random = np.random.default_rng(5)
        made = free_runs(self.averaged.eval(), faces, self.runs[-1], self.config.idle, random, self.device)
        result = {"step": self.step}
        for n in self.runs:
            parts = [head_motion.scored(start, run, n) for start, run in zip(faces, made)]
            result[f"frechet_{n}"] = self.spaces.distances(n, parts, self.check_real[n])["40 frames"]
            size = [np.mean([np.diff(part, axis=0).std() for part in group]) for group in (parts, self.check_real[n])]
            result[f"speed_{n}"] = float(size[0] / size[1])
        result["frechet"] = float(np.mean([result[f"frechet_{n}"] for n in self.runs]))
        return {**result, "minutes": self.seconds / 60}

    def state(self) -> dict:
        return {
            "generator": self.generator.state_dict(),
            "averaged": self.averaged.state_dict(),
            "discriminators": self.discriminators.state_dict(),
            "optimise_generator": self.optimise_generator.state_dict(),
            "optimise_discriminator": self.optimise_discriminator.state_dict(),
            "random": randomness.state(self.random),
            "step": self.step,
            "seconds": self.seconds,
            "best": self.best,
            "since_best": self.since_best,
            "history": self.history,
            "config": asdict(self.config),
        }

    def restore(self, state: dict) -> None:
        for name in ("generator", "averaged", "discriminators", "optimise_generator", "optimise_discriminator"):
            getattr(self, name).load_state_dict(state[name])
        randomness.restore(state["random"], self.random)
        for name in ("step", "seconds", "best", "since_best", "history"):
            setattr(self, name, state[name])

    def resume(self, path: Path) -> None:
        """Goes on from a checkpoint of the same configuration, but for how long it trains."""
        state = checkpoint.needed(path, "config", "discriminators", "history", device=self.device)
        same_settings(path, state, self.config)
        self.restore(state)

    def run(self, output: Path, minutes: float) -> None:
        """Steps until the minutes, those before an interruption with them, or the steps are over; checkpoints at each check
        and at the end."""
        settings, begun, last = self.config.train, self.step, time.monotonic()
        hidden = processes.rank() > 0
        for stale in [output / "best.pt", *output.glob("step_*.pt")] if not begun and not hidden else []:
            stale.unlink(missing_ok=True)  # of the run before, which this one does not go on with
        bar = tqdm(total=settings.steps, initial=self.step, unit="step", mininterval=5, disable=hidden)
        share = lambda: processes.shared((self.seconds + time.monotonic() - last) / (60 * minutes), self.device)  # noqa: E731
        passed = share()  # of the minutes
        while self.step < settings.steps and passed < 1:
            warming = self.step < settings.warm_up or settings.teacher_forced
            if self.step == settings.warm_up:
                self.generator.load_state_dict(self.averaged.state_dict())  # runs much better than the last step's
                self.optimise_generator = self.fresh_optimiser()  # regression's gradients were far smaller
            for group in self.optimise_generator.param_groups if self.step < settings.warm_up else ():
                rise = min(1.0, (self.step + 1) / settings.warm_up_ramp) if settings.warm_up_ramp else 1.0
                group["lr"] = settings.warm_up_rate * rise * max(0.1, 1 - self.step / settings.warm_up)
            figures = {"warm": self.warm_up_step()} if warming else self.adversarial_step()
            self.average(settings.average if not warming else min(settings.average, settings.warm_up_average))
            self.step += 1
            bar.update()
            passed = share()
            done = max(passed, self.step / settings.steps)
            self.decay(done)
            if self.step % 20 == 0:
                bar.set_postfix({name: f"{value:.3f}" for name, value in figures.items()}, refresh=False)
            if not all(np.isfinite(value) for value in figures.values()):
                raise FloatingPointError(f"step {self.step}: {figures}")
            if self.step % settings.check_every == 0:
                self.seconds += time.monotonic() - last
                last = time.monotonic()
                self.checkpoint(output, figures, warming, bar, done)
        if self.step % settings.check_every:
            self.seconds += time.monotonic() - last
            if begun < self.step < settings.steps:  # stopped by the minutes
                self.checkpoint(output, figures, warming, bar, done)
            else:
                self.save(output, ["last.pt"])
        bar.close()
        if begun == self.step < settings.steps:
            processes.say(f"its {minutes:g} minutes are over at step {self.step}; --minutes gives it more")
        if not np.isfinite(self.best):
            processes.say(f"no best.pt: none of the checks, up to step {self.step}, was in the run's last half and after step {self.game()}")

    def game(self) -> int:
        """The step at which the generator's game begins, whose checkpoints alone are chosen between."""
        settings = self.config.train
        return 0 if settings.teacher_forced else settings.warm_up + settings.judges_first

    def checkpoint(self, output: Path, figures: dict, warming: bool, bar: tqdm, done: float) -> None:
        """A check and what it leaves behind; `done`: share of the run that is over, as the rates follow it."""
        result = {**figures, **self.check()}
        self.history.append(result)
        if not processes.rank():
            bar.write(json.dumps({name: round(value, 4) for name, value in result.items()}))
        late = done > 0.5 and self.step > self.game()
        better = result["frechet"] < self.best and late
        if better:
            self.best, self.since_best = result["frechet"], 0
        elif not warming:
            self.since_best += 1
        names = ["last.pt"] + (["best.pt"] if better else [])
        if self.step % (4 * self.config.train.check_every) == 0:
            names.append(f"step_{self.step}.pt")
        self.save(output, names)

    def save(self, output: Path, names: list[str]) -> None:
        """Writes the state, which all processes ask for, as the first one."""
        state = self.state()
        if processes.rank() == 0:
            for name in names:
                checkpoint.save(state, output / name)


def sequences(arguments: argparse.Namespace, config: Config) -> tuple[list[Sequence], list[Sequence]]:
    """Training sequences and held-out ones. The first process writes the track cache where it is missing."""
    if arguments.synthetic:
        made = synthetic()
        return made[:-2], made[-2:]
    from .tracks import load

    with processes.first():
        return load(arguments.tracks, config.data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=DEFAULT)
    parser.add_argument("--output", type=Path, help="folder for checkpoints (default: runs/ and the configuration's name)")
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks (mien_training.data.prepare)")
    parser.add_argument("--seed", type=int, help="instead of the configuration's")
    parser.add_argument("--minutes", type=float, help="stop after so long (default: the configuration's)")
    parser.add_argument("--afresh", action="store_true", help="begin again where a run that was stopped would go on")
    parser.add_argument("--synthetic", action="store_true", help="train on made-up tracks, to test the code")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments = parser.parse_args()

    device = processes.start(arguments.device)
    output = arguments.output or RUNS / arguments.config.stem
    with in_a_line():
        config = Config.load(arguments.config)
        if arguments.seed is not None:
            config.train.seed = arguments.seed
        minutes = config.train.minutes if arguments.minutes is None else arguments.minutes
        if not minutes > 0:
            raise ValueError(f"--minutes or train.minutes is {minutes:g}, expected more than 0")
        training, validation = sequences(arguments, config)
        trainer = Trainer(config, Windows(training, config.data), Windows(validation, config.data), device)
        output.mkdir(parents=True, exist_ok=True)
    processes.say(f"{len(trainer.training)} training windows, {len(trainer.validation)} held out; checkpoints: {output}")
    if (output / "last.pt").exists() and not arguments.afresh:
        with in_a_line():
            trainer.resume(output / "last.pt")
        processes.say(f"going on from step {trainer.step}")
    trainer.run(output, minutes)
    processes.stop()


if __name__ == "__main__":
    main()
