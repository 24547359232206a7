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
from .dataset import Talk, part
from .predictor import HAS, Predictor
from .soft_dtw import soft_dtw
from .stream import KEPT
from .tokenise import Tokenised, sounds, tokenise
from .tokeniser import Tokeniser
from .train_tokeniser import NAME as TOKENISER

NAME = "sfms-predictor.pt"
BEST = "best-" + NAME  # the checkpoint with the best held-out smile
WRONG = 200  # places by which the checks' partners are exchanged
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

    def __init__(self, parts: list[Tokenised], tokeniser: Tokeniser, past: int, columns: int = 0):
        """``columns`` of sound are gathered too; none for a predictor without an ear."""
        self.parts, self.past, self.columns = parts, past, columns
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

    def listen(self, picks: list[tuple[int, int, int]]):
        """The partner's sound (B, past, columns) and which frames of it were heard (B, past); () without an ear."""
        if not self.columns:
            return ()
        sound = torch.zeros(len(picks), self.past, self.columns)
        heard = torch.zeros(len(picks), self.past, dtype=torch.bool)
        for n, (part, track, block) in enumerate(picks):
            whole = self.parts[part].sound[track]
            first = block * KEPT - self.past  # the tracks have ``past`` frames put before, of which nothing was heard
            if whole is None or (own := whole[max(first, 0) : first + self.past]).size == 0:
                continue
            own = torch.from_numpy(own.astype(np.float32))
            place = slice(max(-first, 0), max(-first, 0) + len(own))
            heard[n, place] = there = own.isfinite().all(-1)
            sound[n, place] = torch.where(there[:, None], own, 0)
        return sound, heard

    def random(self, size: int, c, random: np.random.Generator):
        """A training batch with neutral prefixes and dropped channels."""
        picks = []
        for _ in range(size):
            part = int(random.integers(len(self.parts)))
            tracks, blocks = self.parts[part].targets.shape[:2]
            picks.append((part, int(random.integers(tracks)), int(random.integers(blocks))))
        frames, extras, tokens, speaker, targets = self.gather(picks)
        ear = self.listen(picks)
        for n in np.flatnonzero(random.random(size) < c.neutral_prefix):
            first = int(random.integers(1, self.past + 1))
            frames[n, :first] = self.neutral
            tokens[n, :first] = 0
            natural = frames[n] * self.std + self.mean
            smile, cheek = natural[:, SMILE].mean(-1), natural[:, CHEEK].mean(-1)
            extras[n] = torch.stack([k @ v for v in (smile, cheek) for k in self.kernels], -1)
            if random.random() < 0.5:
                speaker[n, :first] = 0
                if self.columns:
                    ear[1][n, :first] = False
        nobody = torch.from_numpy(random.random(size) < c.drop_all)
        speaker[nobody] = 0
        for columns in COLUMNS:
            gone = np.flatnonzero(random.random(size) < c.drop_channel)
            speaker[gone[:, None], :, np.array(columns)] = 0
        if self.columns:
            ear[1][nobody] = False
            drop_modalities(speaker, ear[1], torch.from_numpy(random.random(size)), c.audio)
        return torch.cat([frames, extras], -1), tokens, speaker, targets, *ear

    def plain(self, picks):
        frames, extras, tokens, speaker, targets = self.gather(picks)
        return torch.cat([frames, extras], -1), tokens, speaker, targets, *self.listen(picks)


def drop_modalities(speaker: torch.Tensor, heard: torch.Tensor, drawn: torch.Tensor, c) -> None:
    """Makes windows deaf or blind by one uniform draw each: sound goes where the face is seen, the face where something
    is heard, so never both."""
    seen = (speaker[..., HAS] > 0).any((1, 2))
    anything = heard.any(1)
    heard[seen & (drawn < c.drop_audio)] = False
    speaker[anything & (drawn >= c.drop_audio) & (drawn < c.drop_audio + c.drop_face)] = 0


def entropy(logits: torch.Tensor, targets: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
    """Cross-entropy in nats per row for each group, (G,)."""
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 2), targets.flatten(), weight=weight, reduction="none")
    return loss.view(-1, targets.shape[-1]).mean(0)


def reference(checks: Batches):
    """The development blocks that checkpoints are judged by: up to 1,024, the same ones each time."""
    tracks, blocks = checks.parts[0].targets.shape[:2]
    every = [(0, t, b) for t in range(tracks) for b in range(min(12, blocks // 2), blocks)]
    return checks.plain([every[i] for i in np.random.default_rng(2).choice(len(every), min(1024, len(every)), replace=False)])


@torch.no_grad()
def entropies(model: Predictor, blocks) -> dict[str, torch.Tensor]:
    """Cross-entropy in nats a row of each group, (G,), in blocks as ``reference`` gives them: with their speaker, without and
    with another block's; where there is sound, without sound and without the face, too."""
    motion, tokens, speaker, targets, *sound = blocks
    judge = lambda face, *sound: entropy(model(motion, tokens, face, targets, *sound), targets)  # noqa: E731
    blind = torch.zeros_like(speaker)
    wrong = judge(speaker.roll(WRONG, 0), *(s.roll(WRONG, 0) for s in sound))
    found = {"speaker": judge(speaker, *sound), "without speaker": judge(blind), "wrong speaker": wrong}
    if sound:
        found |= {"without sound": judge(speaker), "without face": judge(blind, *sound)}
    return found


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


def ear(config, talks: list[Talk]) -> dict:
    """Columns and kind of the talks' sound; the configuration's ``audio.features`` becomes their number."""
    found = next((t for t in talks if t.sound_kind != "none"), None)
    columns = next(s.shape[1] for s in found.sound if s is not None) if found else 0
    audio = config.predictor.audio
    if audio.features == "data":
        audio.features = columns
    if audio.features not in (0, columns):
        raise SystemExit(f"audio.features is {audio.features}; {config.data} has {columns} columns of sound a frame")
    kind = found.sound_kind if audio.features else "none"
    print(
        f"sound: {audio.features} columns of {kind} a frame" if audio.features
        else f"no sound: {config.data} has {columns} columns a frame of the kind {audio.kind}", flush=True,
    )  # fmt: skip
    return {"features": audio.features, "kind": kind}


def scale_of(talks: list[Talk]) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and deviation of the talks' sound, over what was heard."""
    count, total, square = 0, 0.0, 0.0
    for own in (s for t in talks for s in t.sound if s is not None):
        own = own[np.isfinite(own).all(-1)].astype(np.float64)
        count, total, square = count + len(own), total + own.sum(0), square + (own**2).sum(0)
    mean = total / count
    deviation = np.sqrt(np.maximum(square / count - mean**2, 0))
    return torch.from_numpy(mean).float(), torch.from_numpy(deviation).float()


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
    train, held = (part(name, config.data, c.audio.kind)[0] for name in ("training", "development"))
    heard = ear(config, train)
    parts, check = tokenised(config, tokeniser, train, held)
    if heard["features"]:
        for p, phase in zip([*parts, check], [*c.phases, 0]):
            p.sound = sounds(held if p is check else train, phase)
    batches = Batches(parts, tokeniser, config.past, heard["features"])
    checks = Batches([check], tokeniser, config.past, heard["features"])
    judged = reference(checks)

    model = Predictor(c, tokeniser.codes[0], config.past, config.hop)
    print(f"predictor {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters", flush=True)
    if arguments.begin:  # weights without an ear may get one
        missing = model.load_state_dict(checkpoint.load(arguments.begin)["model"], strict=False).missing_keys
        if not all(name.startswith("speaker.audio.") for name in missing):
            raise SystemExit(f"{arguments.begin} lacks {missing[0]}")
    if heard["features"]:
        model.speaker.audio.scale.fit(*scale_of(train))
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
    path, best_path = work_root() / NAME, work_root() / BEST
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
        motion, tokens, speaker, targets, *sound = batches.random(c.batch, c, random)
        model.train()
        logits = model(motion, tokens, speaker, targets, *sound)
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
            found = entropies(slow, judged)
            groups = found["speaker"]
            score = float((groups * shares).sum())
            text = " ".join(f"{g:.4f}" for g in groups.tolist())
            smiles = ", ".join(f"{name} {own[1]:.4f}" for name, own in found.items())
            print(
                f"predictor step {step} loss {loss.item():.4f} train {parts_loss[1].item():.4f} held-out {text} | smile: {smiles}",
                flush=True,
            )
            if float(groups[1]) < best:
                best = float(groups[1])
                checkpoint.save(best_path, model=slow.state_dict(), step=step + 1, score=score, sound=heard)
            checkpoint.save(
                path, model=model.state_dict(), slow=slow.state_dict(), optimiser=optimiser.state_dict(),
                step=step + 1, best=best,
            )


if __name__ == "__main__":
    main()
