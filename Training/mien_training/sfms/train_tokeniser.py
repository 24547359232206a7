"""Trains the listener's tokeniser: ``python -m mien_training.sfms.train_tokeniser [--config FILE] [--device cuda]``, or by
``torchrun --nproc-per-node N -m`` in N processes that share each batch. Resumes by itself.

Two stages. The quantisers learn frame by frame, and then stay as they are, so that every placement of keyframes that is
compared has the same codes. Then inpainter and chooser learn on windows, each with an optimiser of its own.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from tqdm import tqdm

from ..run import checkpoint, processes
from ..run.errors import in_a_line
from .channels import SCHEMES
from .config import LISTENER, read, work_root
from .dataset import RECORDINGS, Windows, known, mirrors, part
from .fsq import FSQ
from .keyframes import best_path, straight_through
from .tokeniser import LEARNED, PLACEMENTS, Tokeniser, allocate
from .trainer import Trainer, asked

NAME = "sfms-tokeniser.pt"
#: Of a configuration of a listener: what tokens (``tokenise``) and streams, Mien's too, are made with.
TIMES = {"frame_rate_hz": 25, "window": 48, "hop": 8, "past": 40}


def statistics(windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """Mean and true standard deviation per channel over a sample of windows; still channels get a floor."""
    sample = windows.batch(2000, np.random.default_rng(0)).reshape(-1, 58)
    floor = np.concatenate([np.full(52, 0.02), np.full(3, 0.01), np.full(3, 0.002)])
    return sample.mean(0), np.maximum(sample.std(0), floor)


def block_anchors(batch: int, window: int, hop: int, groups: int, share: float, random) -> torch.Tensor:
    """Keyframes at the ends of past blocks in a share of the windows: what a stream's windows hold."""
    out = torch.zeros(batch, window, groups)
    chosen = torch.from_numpy(random.random(batch) < share)
    for end in range(hop - 1, window - hop, hop):
        out[chosen, end] = 1
    return out


def channel_weights(shares: list[float] | None, groups: list[list[int]]) -> torch.Tensor:
    """Weights that sum to 1: each group's share spread over its channels; without shares all channels count alike."""
    weight = torch.ones(58)
    for share, channels in zip(shares or [], groups):
        weight[channels] = share / len(channels)
    return weight / weight.sum()


def train_quantisers(model: Tokeniser, frames: torch.Tensor, steps: int, weight: torch.Tensor) -> None:
    """Fits each group's codes to standardised frames (N, 58)."""
    parameters = [p for q in model.quantisers for p in q.parameters()]
    optimiser = torch.optim.AdamW(parameters, 2e-3, (0.9, 0.99), weight_decay=1e-3)
    draw = torch.Generator().manual_seed(5)
    bar = tqdm(range(steps), desc="quantisers", mininterval=10, disable=processes.rank() > 0)
    for step in bar:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        x = frames[torch.randint(len(frames), (2048,), generator=draw).to(frames.device)]
        loss = ((model.plain(model.quantise(x)) - x) ** 2 * weight).sum(-1).mean()
        for q in model.quantisers:
            if not isinstance(q.code, FSQ):
                loss = loss + 0.25 * q.code.pull
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        if step % 50 == 49 and step < 0.7 * steps:
            for q, group in zip(model.quantisers, model.groups):
                if not isinstance(q.code, FSQ):
                    q.code.revive((q.encode_skip(x[:, group]) + q.encode(x[:, group])).detach())
    for q in model.quantisers:
        if not isinstance(q.code, FSQ):
            q.code.pull = q.code.pull.detach()  # a model that holds on to a graph cannot be copied


@torch.no_grad()
def errors(model: Tokeniser, x: torch.Tensor, ks=(3, 7, 10)) -> dict[int, float]:
    """Mean squared error of standardised windows at each number of keyframes."""
    model.eval()
    values = model.quantise(x)
    return {k: float(((model.inpaint(values, model.choose(x, k)) - x) ** 2).mean()) for k in ks}


def begin(
    config: SimpleNamespace, windows: Windows, path: Path | None = None, device: torch.device | str = "cpu", fits: bool = True
) -> Tokeniser:
    """A tokeniser whose quantisers are trained, unless it is told that their weights will be loaded; ``path`` keeps them for other
    runs with the same codes."""
    c = config.tokeniser
    torch.manual_seed(config.seed)
    mean, std = statistics(windows)
    sample = torch.from_numpy(windows.batch(2500, np.random.default_rng(7)).reshape(-1, 58))
    frames = (sample - torch.from_numpy(mean).float()) / torch.from_numpy(std).float()
    if isinstance(c.levels, (int, float)) and c.levels:
        c.levels = allocate(frames, SCHEMES[str(c.groups)], float(c.levels))
    model = Tokeniser(c, config.window)
    model.mean.copy_(torch.from_numpy(mean))
    model.std.copy_(torch.from_numpy(std))
    frames = frames.to(device)
    model.to(device)
    state = checkpoint.load(path, device) if path is not None else None
    if state is not None and state.get("data", RECORDINGS) == config.data:
        model.quantisers.load_state_dict(state["quantisers"])
    elif fits:
        for q, group in zip(model.quantisers, model.groups):
            q.begin(frames[:, group])
        train_quantisers(model, frames, c.quantiser_steps, channel_weights(c.group_weights, model.groups).to(device))
        if path is not None and processes.rank() == 0:
            checkpoint.save({"quantisers": model.quantisers.state_dict(), "data": config.data}, path)
    model.quantisers.requires_grad_(False)
    if fits and processes.rank() == 0:
        tell_codes(model.eval(), frames)
    return model


@torch.no_grad()
def tell_codes(model: Tokeniser, frames: torch.Tensor) -> None:
    off = ((model.plain(model.quantise(frames)) - frames) ** 2).mean(0)
    print(
        f"codes of {[round(math.log2(s), 1) for s in model.codes[:6]]} bits; quantiser error {off.mean():.4f}, by group "
        f"{[round(float(off[g].mean()), 4) for g in model.groups[:6]]}", flush=True,
    )


class TokeniserTrainer(Trainer):
    """Inpainter and chooser, each with an optimiser of its own, behind quantisers that stay."""

    def __init__(
        self, config: SimpleNamespace, windows: Windows, held: Windows, codes: Path | None = None,
        device: torch.device | str = "cpu", fits: bool = True,
    ):  # fmt: skip
        """``held``: windows of people outside training; ``codes`` and ``fits`` as in ``begin``."""
        super().__init__(config, "tokeniser", device)
        self.config, self.windows = config, windows
        self.hold(begin(config, windows, codes, device, fits))
        c, model = self.c, self.model
        self.check = model.standardise(torch.from_numpy(held.batch(c.check, np.random.default_rng(1))).to(device))
        self.chooser = list(model.chooser.parameters()) if model.chooser is not None else []
        self.others = [p for n, p in model.named_parameters() if not n.startswith("chooser.") and p.requires_grad]
        for own, peak in ((self.others, c.lr), (self.chooser, c.lr_chooser)):
            if own:
                self.optimisers.append(torch.optim.AdamW(own, peak, (0.9, 0.99), weight_decay=c.weight_decay))
                self.peaks.append(peak)
        self.weight = channel_weights(c.group_weights, model.groups).to(device)
        self.moves_chooser = False

    def loss(self, progress: float) -> torch.Tensor:
        c, model = self.c, self.model
        tau = c.tau[0] * (c.tau[1] / c.tau[0]) ** min(progress / c.tau_share, 1)
        batch = processes.part(torch.from_numpy(self.windows.batch(c.batch, self.random)))
        x = model.standardise(batch.to(self.device))
        k = int(self.random.choice(c.train_keyframes))
        self.moves_chooser = bool(self.chooser) and progress >= c.freeze_chooser
        teaches = model.placement == "top-k" and progress < c.teach_until
        if self.moves_chooser:
            scores = model.chooser(x, k)
            noise = -torch.log(-torch.log(torch.rand_like(scores).clamp(1e-6, 1 - 1e-6)))
            drawn = scores + c.noise * noise if c.noise else scores  # Algorithm 1 relaxes what it draws
            soft = model.relaxed(drawn, x, k, tau)
            mask = straight_through(soft, model.hard(drawn.detach(), x, k))
        else:
            with torch.no_grad():
                mask = model.choose(x, k)
        if c.anchor_share:
            anchors = block_anchors(c.batch, self.config.window, self.config.hop, mask.shape[-1], c.anchor_share, self.random)
            mask = torch.maximum(mask, processes.part(anchors).to(self.device))
        with torch.no_grad():
            values = model.quantise(x)
            straight = ((model.line(values, mask) - x) ** 2 * self.weight).sum(-1).mean(1)
        made = ((model.inpaint(values, mask) - x) ** 2 * self.weight).sum(-1).mean(1)
        # In shares of what straight lines leave, or a few wild windows are all that is learned from.
        loss = (made / (straight + c.floor)).mean()
        if self.moves_chooser and teaches:
            with torch.no_grad():
                best = torch.stack([best_path(x.new_zeros(x.shape[:2]), own, k) for own in model.own(x)], -1)
            loss = loss + c.teach * torch.nn.functional.binary_cross_entropy(soft.clamp(1e-5, 1 - 1e-5), best)
        return loss

    def move(self, loss: torch.Tensor) -> None:
        self.descend(loss)
        torch.nn.utils.clip_grad_norm_(self.others, 1.0)
        self.optimisers[0].step()
        if self.moves_chooser:
            torch.nn.utils.clip_grad_norm_(self.chooser, 1.0)
            self.optimisers[1].step()

    def look(self, path: Path) -> str:
        return "development " + " ".join(f"k={k} {error:.4f}" for k, error in errors(self.slow, self.check).items())

    def state(self) -> dict:
        return super().state() | {"levels": self.c.levels}


def train(
    config: SimpleNamespace, path: Path, minutes: float = math.inf, codes: Path | None = None,
    device: torch.device | str = "cpu", afresh: bool = False,
) -> Tokeniser:  # fmt: skip
    """Trains to the last step, or on a schedule that ends within the minutes; goes on from ``path``. What is kept is the
    running mean of the weights."""
    goes_on = path.exists() and not afresh
    with processes.first(), in_a_line():
        windows, held = (
            Windows(*part(name, config.data, least=config.window), config.window, mirrors=mirrors(config.data))
            for name in ("training", "development")
        )
    trainer = TokeniserTrainer(config, windows, held, codes, device, not goes_on)
    if goes_on:
        trainer.resume(path)
    return trainer.run(path, minutes)


def for_a_listener(config: SimpleNamespace, path: Path) -> None:
    """Refuses what no listener can be trained by: a configuration without all its parts, a data line that names no set, other
    times than a stream has, groups that nobody knows or that differ in how many codes they have, levels or weights of another
    number of groups, keyframes that are placed in no known way or are more than a window has frames, depths of other stacks than
    there are, temperatures that are not above 0, widths that heads do not divide."""
    if missing := [key for key in read() if not hasattr(config, key)]:
        raise ValueError(f"{path}: no {missing[0]}, expected a copy of {LISTENER.name}, or one that extends it")
    known(config.data, path)
    for key, value in TIMES.items():
        if getattr(config, key) != value:
            raise ValueError(f"{path}: {key} is {getattr(config, key)!r}, expected {value}, as a stream has it")
    c = config.tokeniser
    if str(c.groups) not in SCHEMES:
        raise ValueError(f"{path}: tokeniser.groups is {c.groups!r}, expected one of {', '.join(map(repr, SCHEMES))}")
    count = len(SCHEMES[str(c.groups)])
    is_one_for_all = not c.levels or isinstance(c.levels, list) and isinstance(c.levels[0], int)
    if not is_one_for_all and (not isinstance(c.levels, list) or len(c.levels) != count or len(set(map(math.prod, c.levels))) > 1):
        raise ValueError(f"{path}: tokeniser.levels is {c.levels!r}, expected a list for each of {count} groups, with as many codes each, or one for all")
    for section in ("tokeniser", "predictor"):
        weights = getattr(config, section).group_weights
        if weights is not None and (not isinstance(weights, list) or len(weights) != count):
            raise ValueError(f"{path}: {section}.group_weights is {weights!r}, expected a list of {count}, one number a group, or null for all alike")
    if c.placement not in PLACEMENTS:
        raise ValueError(f"{path}: tokeniser.placement is {c.placement!r}, expected one of {', '.join(PLACEMENTS)}")
    for key, ks in (("keyframes", [c.keyframes]), ("train_keyframes", c.train_keyframes)):
        if not isinstance(ks, list) or not ks or not all(isinstance(k, int) and 1 <= k <= config.window for k in ks):
            raise ValueError(f"{path}: tokeniser.{key} is {getattr(c, key)!r}, expected 1 to {config.window} frames of a window")
    if not isinstance(c.layers, list) or len(c.layers) != 4 or not all(isinstance(depth, int) and depth >= 0 for depth in c.layers):
        raise ValueError(f"{path}: tokeniser.layers is {c.layers!r}, expected 4 depths: of chooser, keyframes, transition encoder, decoder")
    if not isinstance(c.tau, list) or len(c.tau) != 2 or not all(isinstance(tau, int | float) and tau > 0 for tau in c.tau):
        raise ValueError(f"{path}: tokeniser.tau is {c.tau!r}, expected the first and the last temperature, above 0")
    if not (isinstance(c.tau_share, int | float) and c.tau_share > 0):
        raise ValueError(f"{path}: tokeniser.tau_share is {c.tau_share!r}, expected a share of the training above 0")
    widths = [("tokeniser", "dim"), ("predictor", "dim"), *([("tokeniser", "chooser_dim")] if c.placement in LEARNED else [])]
    for section, key in widths:
        own = getattr(config, section)
        if (width := getattr(own, key)) % 2 or width % own.heads:
            raise ValueError(f"{path}: {section}.{key} is {width}, expected an even number that heads ({own.heads}) divides")


def main() -> None:
    with in_a_line():
        arguments, config = asked(argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter))
        for_a_listener(config, arguments.config)
    device = processes.start(arguments.device)
    train(config, work_root() / NAME, arguments.minutes, device=device, afresh=arguments.afresh)
    processes.stop()


if __name__ == "__main__":
    main()
