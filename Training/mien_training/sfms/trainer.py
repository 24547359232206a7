"""What the trainers of tokeniser and predictor share: rates, the running mean of the weights, processes, checkpoints."""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from ..run import checkpoint, processes, randomness
from .config import LISTENER, load, plain

#: Entries of a configuration of which a run may go on with others: how long it trains, and when it is looked at.
FREE = ("steps", "check_every")
#: Entries that older checkpoints do not have: the data, and which tokeniser a predictor was trained on.
UNSAID = ("data", "tokens")


def entries(config: SimpleNamespace, section: str) -> dict[str, Any]:
    """What a model that one section describes is trained by: that section, and what is in none."""
    return {key: value for key, value in plain(config).items() if key == section or not isinstance(value, dict)}


#: The ways out where a folder has a run of other settings: of what trains, and of what reads it.
OTHER_FOLDER = "choose another folder by MIEN_WORK"
AGAIN = f"{OTHER_FOLDER}, or --afresh"


def same_settings(path: Path, state: dict[str, Any], settings: dict[str, Any], way_out: str = AGAIN) -> None:
    """Stops, with the way out, at a checkpoint of another configuration, but for what a run may go on with."""
    unsaid = {key: settings[key] for key in UNSAID if key in settings}
    checkpoint.same_run(path, unsaid | state.get("config", {}), settings, FREE, way_out)


class Trainer:
    """A model that trains, the running mean of its weights, which is what is kept, and all that a stopped run goes on from.

    Every process draws the same whole batches and takes its part of each; gradients are averaged. A subclass says what a
    step's loss is (``loss``), how optimisers move (``move``), and what is looked at now and then (``look``).
    """

    #: Of the running mean: how much of it stays at most, and how soon.
    MOST, SOON = 0.995, 10
    #: Share of the peak rate that the cosine ends at.
    LAST = 0.02

    def __init__(self, config: SimpleNamespace, section: str, device: torch.device | str):
        """``config``: as it was read, before anything of the data is written into it."""
        self.c, self.device = getattr(config, section), torch.device(device)
        processes.divides(f"{section}.batch", self.c.batch)
        self.settings = entries(config, section)
        self.random = np.random.default_rng(config.seed)
        self.seed, self.step, self.reached = config.seed, 0, 0
        self.seconds = 0.0  # of training, those before an interruption with them
        self.optimisers: list[Optimizer] = []
        self.peaks: list[float] = []  # rates at the top, an optimiser each

    def hold(self, model: nn.Module) -> None:
        """Takes the model that is trained, which is on its device already."""
        processes.equal_weights(model)
        self.model, self.slow = model, copy.deepcopy(model)
        randomness.apart(self.seed)

    def loss(self, progress: float) -> Tensor:
        """This process' loss of the next batch; ``progress``: share of the training that is over."""
        raise NotImplementedError

    def move(self, loss: Tensor) -> None:
        """One step of the optimisers."""
        raise NotImplementedError

    def look(self, path: Path) -> str:
        """Figures of the running mean on people outside training, in a line. The first process alone looks; ``path``: of the
        checkpoint."""
        raise NotImplementedError

    def descend(self, loss: Tensor) -> None:
        """Gradients of the loss, averaged over processes."""
        for optimiser in self.optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        processes.average_gradients(self.model.parameters())

    def rates(self, progress: float) -> None:
        """A rise over 100 steps, then half a cosine."""
        share = min(1, (self.step + 1) / 100) * (self.LAST + (1 - self.LAST) * 0.5 * (1 + math.cos(math.pi * progress)))
        for optimiser, peak in zip(self.optimisers, self.peaks):
            for group in optimiser.param_groups:
                group["lr"] = peak * share

    @torch.no_grad()
    def average(self) -> None:
        keep = min(self.MOST, (self.step + 1) / (self.step + self.SOON))
        for old, new in zip(self.slow.parameters(), self.model.parameters()):
            old.lerp_(new, 1 - keep)

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds; all processes must ask for it."""
        return {
            "model": self.slow.state_dict(),
            "fast": self.model.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "random": randomness.state(self.random),
            "step": self.step,
            "reached": self.reached,
            "seconds": self.seconds,
            "config": self.settings,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["fast"])
        self.slow.load_state_dict(state["model"])
        for optimiser, own in zip(self.optimisers, state["optimisers"]):
            optimiser.load_state_dict(own)
        randomness.restore(state["random"], self.random)
        self.step, self.reached, self.seconds = state["step"], state["reached"], state.get("seconds", 0.0)

    def resume(self, path: Path) -> None:
        """Goes on from a checkpoint of the same configuration, if there is one."""
        if state := checkpoint.load(path, self.device):
            same_settings(path, state, self.settings)
            self.restore(state)

    def save(self, path: Path) -> None:
        state = self.state()
        if processes.rank() == 0:
            checkpoint.save(state, path)

    def run(self, path: Path, minutes: float = math.inf) -> nn.Module:
        """Trains to the last step, or on a schedule that ends within the minutes, those before an interruption with them; the
        running mean of the weights."""
        if self.step >= self.c.steps:
            return self.slow
        began, looked = time.monotonic() - self.seconds, False
        bar = tqdm(total=self.c.steps, initial=self.step, unit="step", mininterval=10, disable=processes.rank() > 0)
        while True:
            passed = processes.shared((time.monotonic() - began) / 60 / minutes, self.device)
            progress = max(self.step / self.c.steps, passed)
            if progress >= 1:
                break
            self.rates(progress)
            self.model.train()
            loss = self.loss(progress)
            self.move(loss)
            self.average()
            looked = self.step % self.c.check_every == 0 or self.step == self.c.steps - 1
            self.step += 1
            self.reached = self.step
            bar.update()
            if looked:
                if not math.isfinite(loss.item()):
                    raise FloatingPointError(f"step {self.step}: the loss is {loss.item()}")
                self.show(bar, f"loss {loss.item():.4f}, {{}}", path)
                self.seconds = time.monotonic() - began
                self.save(path)
        if not looked:
            self.show(bar, "{}", path)
        self.step = self.c.steps  # the schedule is over, however many steps it had
        self.save(path)
        bar.close()
        return self.slow

    def show(self, bar: tqdm, text: str, path: Path) -> None:
        if processes.rank() == 0:
            bar.write(f"step {self.reached}: {text.format(self.look(path))}")


def asked(parser: argparse.ArgumentParser) -> tuple[argparse.Namespace, SimpleNamespace]:
    """What both trainers can be asked for, and the configuration that follows from it."""
    parser.add_argument("--config", type=Path, default=LISTENER, help="of the run (default: sfms.yaml; full.yaml has the paper's sizes)")
    parser.add_argument("--seed", type=int, help="instead of the configuration's")
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop and finish the schedule by then")
    parser.add_argument("--afresh", action="store_true", help="begin again where a run that was stopped would go on")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments = parser.parse_args()
    if not arguments.config.is_file():
        parser.error(f"--config: {arguments.config} is not there, expected a copy of {LISTENER}")
    return arguments, load(arguments.config, **({} if arguments.seed is None else {"seed": arguments.seed}))
