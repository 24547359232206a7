"""Trains the tokeniser: ``python -m mien_training.sfms.train_tokeniser [--config FILE]``. Resumes by itself."""

from __future__ import annotations

import argparse
import math
import time

import numpy as np
import torch
from tqdm import tqdm

from . import checkpoint
from .channels import GROUPS
from .config import load, work_root
from .dataset import Windows, split, talks
from .tokeniser import Tokeniser

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop and finish the schedule by then")
    arguments = parser.parse_args()
    config = load(arguments.config)
    c = config.tokeniser
    torch.manual_seed(config.seed)
    random = np.random.default_rng(config.seed)
    every, real = talks()
    train, held = split(every, config.held_out_pairs)
    windows = Windows(train, real, config.window)
    check = torch.from_numpy(Windows(held, real, config.window, 0.0).batch(256, np.random.default_rng(1)))

    model = Tokeniser(c, config.window)
    mean, std = statistics(windows)
    model.mean.copy_(torch.from_numpy(mean))
    model.std.copy_(torch.from_numpy(std))
    chooser = [p for n, p in model.named_parameters() if n.startswith("logit_")]
    others = [p for n, p in model.named_parameters() if not n.startswith("logit_")]
    optimisers = [
        torch.optim.AdamW(others, c.lr, (0.9, 0.99), weight_decay=c.weight_decay),
        torch.optim.AdamW(chooser, c.lr_logits, (0.9, 0.99), weight_decay=c.weight_decay),
    ]
    peaks = [c.lr, c.lr_logits]
    weight = torch.zeros(58)
    for share, channels in zip(c.group_weights, GROUPS.values()):
        weight[channels] = share / len(channels)
    weight = weight / weight.sum()

    path = work_root() / NAME
    first = 0
    if (state := checkpoint.load(path)) is not None:
        model.load_state_dict(state["model"])
        for optimiser, stored in zip(optimisers, state["optimisers"]):
            optimiser.load_state_dict(stored)
        first = state["step"]
    began, progress = time.time(), first / c.steps
    bar = tqdm(range(first, c.steps), initial=first, total=c.steps, mininterval=10)
    for step in bar:
        progress = max(step / c.steps, (time.time() - began) / 60 / arguments.minutes)
        if progress >= 1:
            break
        tau = c.tau[0] * (c.tau[1] / c.tau[0]) ** min(progress / c.tau_share, 1)
        rate = min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        frozen = step < c.freeze_logits
        for optimiser, peak in zip(optimisers, peaks):
            for group in optimiser.param_groups:
                group["lr"] = peak * rate
        x = model.standardise(torch.from_numpy(windows.batch(c.batch, random)))
        k = c.keyframes + int(random.integers(-c.keyframe_jitter, c.keyframe_jitter + 1))
        noise = torch.rand(c.batch, len(GROUPS), config.window).clamp(1e-6, 1 - 1e-6)
        anchors = block_anchors(c.batch, config.window, config.hop, len(GROUPS), c.anchor_share, random)
        model.train()
        made, plain, soft, mask, log_pi = model(x, k, tau, noise, anchors)
        motion = ((made - x) ** 2 * weight).sum(-1).mean()
        code = ((plain - x) ** 2 * weight).sum(-1)
        if progress > 0.2:  # later mostly the frames that are kept
            code = code * (0.3 + 0.7 * mask.detach().mean(-1))
        loss = motion + c.lambda_quantiser * code.mean() + c.lambda_mask * (soft * (1 - soft.clamp(max=1))).mean()
        teacher = model.teacher(x, c.keyframes).float()
        loss = loss - c.lambda_teacher * (teacher * log_pi).sum(-1).mean() / c.keyframes
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(others, 1.0)
        torch.nn.utils.clip_grad_norm_(chooser, 1.0)
        optimisers[0].step()
        if not frozen:
            optimisers[1].step()
        if step % 100 == 0:
            model.eval()
            with torch.no_grad():
                y = model.standardise(check)
                chosen = model.choose(y)
                error = ((model.inpaint(model.quantise(y), chosen) - y) ** 2).mean((0, 1))
                static = torch.zeros_like(chosen)
                static[:, torch.linspace(0, config.window - 1, c.keyframes).round().long()] = 1
                still = ((model.inpaint(model.quantise(y), static) - y) ** 2).mean((0, 1))
            used = torch.unique(model.fsq.index(model.quantise(y))[..., 1]).numel()
            smile = error[list(GROUPS["smile"])].mean()
            print(
                f"tokeniser step {step} loss {loss.item():.4f} held-out mse {error.mean():.4f} (static keyframes "
                f"{still.mean():.4f}) smile {smile:.4f} (static {still[list(GROUPS['smile'])].mean():.4f}) "
                f"smile codes {used} tau {tau:.2f}", flush=True,
            )
            checkpoint.save(
                path, model=model.state_dict(), optimisers=[o.state_dict() for o in optimisers], step=step + 1
            )
    checkpoint.save(path, model=model.state_dict(), optimisers=[o.state_dict() for o in optimisers], step=c.steps)


if __name__ == "__main__":
    main()
