"""Trains the predictor on the frozen tokeniser's tokens: ``python -m mien_training.sfms.train_predictor``. Resumes."""

from __future__ import annotations

import argparse
import copy
import math
import pickle
import time
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from . import checkpoint
from .channels import CHEEK, FAST, SLOW, SMILE
from .config import load, work_root
from .dataset import part
from .predictor import Predictor
from .soft_dtw import soft_dtw
from .stream import KEPT
from .tokenise import Tokenised, tokenise
from .tokeniser import Tokeniser
from .train_tokeniser import NAME as TOKENISER

NAME = "sfms-predictor.pt"
# Feature columns of each sensed channel: smile, cheek, motion energy, gaze region.
COLUMNS = [[0, 1, 2, 6], [3, 4, 5, 7], [8, 9, 13], [10, 11, 12, 14]]


def load_tokeniser(config) -> Tokeniser:
    """The trained tokeniser, frozen."""
    model = Tokeniser(config.tokeniser, config.window)
    state = checkpoint.load(work_root() / TOKENISER)
    if state is None:
        raise SystemExit("no tokeniser; run python -m mien_training.sfms.train_tokeniser first")
    model.load_state_dict({key: value for key, value in state["model"].items() if not key.startswith("chooser.")})
    return model.eval().requires_grad_(False)


class Batches:
    """Random (or all) blocks of tokenised tracks as tensors for the predictor."""

    def __init__(self, parts: list[Tokenised], tokeniser: Tokeniser, past: int):
        self.parts, self.past = parts, past
        self.neutral = tokeniser.standardise(torch.zeros(58))
        self.mean, self.std = tokeniser.mean, tokeniser.std
        steps = torch.arange(past)
        lag = steps[:, None] - steps[None, :]
        self.kernels = [torch.where(lag >= 0, rate * (1 - rate) ** lag, 0.0).float() for rate in (FAST, SLOW)]

    def gather(self, picks: list[tuple[int, int, int]]):
        """``picks`` are (part, track, block)."""
        fields = ([], [], [], [], [])
        for part, track, block in picks:
            p, at = self.parts[part], block * KEPT
            window = slice(at, at + self.past)
            fields[0].append(p.frames[track, window])
            fields[1].append(p.extras[track, window])
            fields[2].append(p.tokens[track, window])
            fields[3].append(p.speaker[track, window])
            fields[4].append(p.targets[track, block])
        frames, extras, tokens, speaker, targets = (torch.from_numpy(np.stack(f)) for f in fields)
        return frames, extras, tokens.long(), speaker, targets.long()

    def random(self, size: int, c, random: np.random.Generator):
        """A training batch with neutral prefixes and dropped channels."""
        picks = []
        for _ in range(size):
            part = int(random.integers(len(self.parts)))
            tracks, blocks = self.parts[part].targets.shape[:2]
            picks.append((part, int(random.integers(tracks)), int(random.integers(blocks))))
        frames, extras, tokens, speaker, targets = self.gather(picks)
        for n in np.flatnonzero(random.random(size) < c.neutral_prefix):
            first = int(random.integers(1, self.past + 1))
            frames[n, :first] = self.neutral
            tokens[n, :first] = 0
            natural = frames[n] * self.std + self.mean
            smile, cheek = natural[:, SMILE].mean(-1), natural[:, CHEEK].mean(-1)
            extras[n] = torch.stack([k @ v for v in (smile, cheek) for k in self.kernels], -1)
            if random.random() < 0.5:
                speaker[n, :first] = 0
        speaker[torch.from_numpy(random.random(size) < c.drop_all)] = 0
        for columns in COLUMNS:
            gone = np.flatnonzero(random.random(size) < c.drop_channel)
            speaker[gone[:, None], :, np.array(columns)] = 0
        return torch.cat([frames, extras], -1), tokens, speaker, targets

    def plain(self, picks):
        frames, extras, tokens, speaker, targets = self.gather(picks)
        return torch.cat([frames, extras], -1), tokens, speaker, targets


def entropy(logits: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
    """Cross-entropy in nats per row for each group, (G,)."""
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 2), targets.flatten(), weight=weight, reduction="none")
    return loss.view(-1, targets.shape[-1]).mean(0)


def tokenised(config, tokeniser, train, held) -> tuple[list[Tokenised], Tokenised]:
    """Cached tokens of the training talks (one variant a phase) and of the held-out talks."""
    path = work_root() / "sfms-tokens.pkl"
    if path.exists():
        return pickle.loads(path.read_bytes())
    bar = lambda r: tqdm(r, desc="tokens", mininterval=10)  # noqa: E731
    parts = [tokenise(tokeniser, train, phase, phase + 1, bar) for phase in config.predictor.phases]
    found = parts, tokenise(tokeniser, held, 0, None, bar)
    path.write_bytes(pickle.dumps(found))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--begin", type=Path, help="weights to start from")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop and finish the schedule by then")
    arguments = parser.parse_args()
    config = load(arguments.config)
    c = config.predictor
    torch.manual_seed(config.seed)
    random = np.random.default_rng(config.seed)
    tokeniser = load_tokeniser(config)
    train, held = part("training", config.data)[0], part("development", config.data)[0]
    parts, check = tokenised(config, tokeniser, train, held)
    batches = Batches(parts, tokeniser, config.past)
    checks = Batches([check], tokeniser, config.past)
    tracks, blocks = check.targets.shape[:2]
    every = [(0, t, b) for t in range(tracks) for b in range(min(12, blocks // 2), blocks)]
    picks = [every[i] for i in np.random.default_rng(2).choice(len(every), min(1024, len(every)), replace=False)]
    reference = checks.plain(picks)

    model = Predictor(c, tokeniser.codes[0], config.past, config.hop)
    print(f"predictor {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    if arguments.begin:
        model.load_state_dict(checkpoint.load(arguments.begin)["model"])
    slow = copy.deepcopy(model)
    decayed = [p for n, p in model.named_parameters() if p.ndim > 1 and "embed" not in n]
    plain = [p for n, p in model.named_parameters() if not (p.ndim > 1 and "embed" not in n)]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": c.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        c.lr, (0.9, 0.99),
    )
    weight = torch.ones(1 + tokeniser.codes[0])
    weight[0] = c.transition_weight
    shares = torch.tensor(c.group_weights)
    path, best_path = work_root() / NAME, work_root() / ("best-" + NAME)
    first, best = 0, math.inf
    if (state := checkpoint.load(path)) is not None:
        model.load_state_dict(state["model"])
        slow.load_state_dict(state["slow"])
        optimiser.load_state_dict(state["optimiser"])
        first, best = state["step"], state["best"]
    began = time.time()
    for step in tqdm(range(first, c.steps), initial=first, total=c.steps, mininterval=20):
        progress = max(step / c.steps, (time.time() - began) / 60 / arguments.minutes)
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = c.lr * min(1, (step + 1) / 100) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * progress)))
        motion, tokens, speaker, targets = batches.random(c.batch, c, random)
        model.train()
        logits = model(motion, tokens, speaker, targets)
        parts_loss = entropy(logits, targets, weight)
        key = 1 - torch.softmax(logits, -1)[..., 0]
        warp = soft_dtw(
            key.transpose(1, 2).flatten(0, 1), (targets > 0).float().transpose(1, 2).flatten(0, 1), c.soft_dtw_gamma
        ).mean()
        loss = (parts_loss * shares).sum() + c.soft_dtw * warp
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        with torch.no_grad():
            keep = min(0.998, (step + 1) / (step + 20))
            for old, new in zip(slow.parameters(), model.parameters()):
                old.lerp_(new, 1 - keep)
        if step % 100 == 0 or step == c.steps - 1:
            slow.eval()
            with torch.no_grad():
                motion, tokens, speaker, targets = reference
                groups = entropy(slow(motion, tokens, speaker, targets), targets)
                alone = entropy(slow(motion, tokens, torch.zeros_like(speaker), targets), targets)
                wrong = entropy(slow(motion, tokens, speaker.roll(200, 0), targets), targets)
            score = float((groups * shares).sum())
            text = " ".join(f"{g:.4f}" for g in groups.tolist())
            print(
                f"predictor step {step} loss {loss.item():.4f} train {parts_loss[1].item():.4f} held-out {text} | smile "
                f"{groups[1]:.4f}, without speaker {alone[1]:.4f}, wrong speaker {wrong[1]:.4f}", flush=True,
            )
            if float(groups[1]) < best:
                best = float(groups[1])
                checkpoint.save(best_path, model=slow.state_dict(), step=step + 1, score=score)
            checkpoint.save(
                path, model=model.state_dict(), slow=slow.state_dict(), optimiser=optimiser.state_dict(),
                step=step + 1, best=best,
            )


if __name__ == "__main__":
    main()
