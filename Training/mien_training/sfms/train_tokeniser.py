"""Trains the listener's tokeniser: ``python -m mien_training.sfms.train_tokeniser [--config FILE]``. Resumes by itself.

Two stages. The quantisers learn frame by frame, and then stay as they are, so that every placement of keyframes that is
compared has the same codes. Then inpainter and chooser learn on windows, each with an optimiser of its own.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from tqdm import tqdm

from . import checkpoint
from .config import load, work_root
from .dataset import Windows, part
from .fsq import FSQ
from .keyframes import best_path, straight_through
from .tokeniser import Tokeniser, allocate

NAME = "sfms-tokeniser.pt"


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
    bar = tqdm(range(steps), desc="quantisers", mininterval=10)
    for step in bar:
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / 50) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        x = frames[torch.randint(len(frames), (2048,), generator=draw)]
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


@torch.no_grad()
def errors(model: Tokeniser, x: torch.Tensor, ks=(3, 7, 10)) -> dict[int, float]:
    """Mean squared error of standardised windows at each number of keyframes."""
    model.eval()
    values = model.quantise(x)
    return {k: float(((model.inpaint(values, model.choose(x, k)) - x) ** 2).mean()) for k in ks}


def begin(config: SimpleNamespace, windows: Windows, path: Path | None = None) -> Tokeniser:
    """A tokeniser whose quantisers are trained; ``path`` keeps them for other runs with the same codes."""
    c = config.tokeniser
    torch.manual_seed(config.seed)
    mean, std = statistics(windows)
    sample = torch.from_numpy(windows.batch(2500, np.random.default_rng(7)).reshape(-1, 58))
    frames = (sample - torch.from_numpy(mean).float()) / torch.from_numpy(std).float()
    if isinstance(c.levels, (int, float)) and c.levels:
        from .channels import SCHEMES

        c.levels = allocate(frames, SCHEMES[str(c.groups)], float(c.levels))
    model = Tokeniser(c, config.window)
    model.mean.copy_(torch.from_numpy(mean))
    model.std.copy_(torch.from_numpy(std))
    if path is not None and (state := checkpoint.load(path)) is not None:
        model.quantisers.load_state_dict(state["quantisers"])
    else:
        for q, group in zip(model.quantisers, model.groups):
            q.begin(frames[:, group])
        train_quantisers(model, frames, c.quantiser_steps, channel_weights(c.group_weights, model.groups))
        if path is not None:
            checkpoint.save(path, quantisers=model.quantisers.state_dict())
    model.quantisers.requires_grad_(False)
    model.eval()
    with torch.no_grad():
        off = ((model.plain(model.quantise(frames)) - frames) ** 2).mean(0)
        print(
            f"codes of {[round(math.log2(s), 1) for s in model.codes[:6]]} bits; quantiser error {off.mean():.4f}, by group "
            f"{[round(float(off[g].mean()), 4) for g in model.groups[:6]]}", flush=True,
        )
    return model


def train(config: SimpleNamespace, path: Path, minutes: float = 1e9, codes: Path | None = None) -> Tokeniser:
    """Trains to the last step, or on a schedule that ends within the minutes; resumes from ``path``. What is kept is the
    running mean of the weights."""
    c = config.tokeniser
    random = np.random.default_rng(config.seed)
    windows = Windows(*part("training", config.data), config.window)
    model = begin(config, windows, codes)
    held, held_real = part("development", config.data)
    check = model.standardise(
        torch.from_numpy(Windows(held, held_real, config.window).batch(c.check, np.random.default_rng(1)))
    )
    learns = model.chooser is not None
    chooser = list(model.chooser.parameters()) if learns else []
    others = [p for n, p in model.named_parameters() if not n.startswith("chooser.") and p.requires_grad]
    optimisers = [torch.optim.AdamW(others, c.lr, (0.9, 0.99), weight_decay=c.weight_decay)]
    if learns:
        optimisers.append(torch.optim.AdamW(chooser, c.lr_chooser, (0.9, 0.99), weight_decay=c.weight_decay))
    weight = channel_weights(c.group_weights, model.groups)
    slow = copy.deepcopy(model)
    first = 0
    if (state := checkpoint.load(path)) is not None:
        model.load_state_dict(state["fast"])
        slow.load_state_dict(state["model"])
        for optimiser, stored in zip(optimisers, state["optimisers"]):
            optimiser.load_state_dict(stored)
        first = state["step"]
    began = time.time()
    done = first
    for step in tqdm(range(first, c.steps), initial=first, total=c.steps, mininterval=20):
        progress = max(step / c.steps, (time.time() - began) / 60 / minutes)
        if progress >= 1:
            break
        tau = c.tau[0] * (c.tau[1] / c.tau[0]) ** min(progress / c.tau_share, 1)
        rate = min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for optimiser, peak in zip(optimisers, (c.lr, c.lr_chooser)):
            for group in optimiser.param_groups:
                group["lr"] = peak * rate
        x = model.standardise(torch.from_numpy(windows.batch(c.batch, random)))
        k = int(random.choice(c.train_keyframes))
        model.train()
        moves = learns and progress >= c.freeze_chooser
        teaches = model.placement == "top-k" and progress < c.teach_until
        if moves:
            scores = model.chooser(x, k)
            soft = model.relaxed(scores, x, k, tau)
            noise = -torch.log(-torch.log(torch.rand_like(scores).clamp(1e-6, 1 - 1e-6)))
            drawn = scores.detach() + c.noise * noise if c.noise else scores.detach()
            mask = straight_through(soft, model.hard(drawn, x, k))
        else:
            with torch.no_grad():
                mask = model.choose(x, k)
        if c.anchor_share:
            mask = torch.maximum(
                mask, block_anchors(c.batch, config.window, config.hop, mask.shape[-1], c.anchor_share, random)
            )
        with torch.no_grad():
            values = model.quantise(x)
            straight = ((model.line(values, mask) - x) ** 2 * weight).sum(-1).mean(1)
        made = ((model.inpaint(values, mask) - x) ** 2 * weight).sum(-1).mean(1)
        # In shares of what straight lines leave, or a few wild windows are all that is learned from.
        loss = (made / (straight + c.floor)).mean()
        if moves and teaches:
            with torch.no_grad():
                best = torch.stack([best_path(torch.zeros(len(x), x.shape[1]), own, k) for own in model.own(x)], -1)
            loss = loss + c.teach * torch.nn.functional.binary_cross_entropy(soft.clamp(1e-5, 1 - 1e-5), best)
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        optimisers[0].step()
        if moves:
            torch.nn.utils.clip_grad_norm_(chooser, 1.0)
            optimisers[1].step()
        with torch.no_grad():
            keep = min(0.995, (step + 1) / (step + 10))
            for old, new in zip(slow.parameters(), model.parameters()):
                old.lerp_(new, 1 - keep)
        if step % c.check_every == 0:
            found = " ".join(f"k={k} {error:.4f}" for k, error in errors(slow, check).items())
            print(f"step {step} loss {loss.item():.4f} development {found} tau {tau:.2f}", flush=True)
            checkpoint.save(
                path, model=slow.state_dict(), fast=model.state_dict(), optimisers=[o.state_dict() for o in optimisers], step=step + 1,
                levels=c.levels,
            )
        done = step + 1
    print(f"{done} steps done: {errors(slow, check)}", flush=True)
    checkpoint.save(path, model=slow.state_dict(), step=c.steps, reached=done, levels=c.levels)
    return slow


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop and finish the schedule by then")
    arguments = parser.parse_args()
    train(load(arguments.config), work_root() / NAME, arguments.minutes)


if __name__ == "__main__":
    main()
