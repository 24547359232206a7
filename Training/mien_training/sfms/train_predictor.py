"""Trains the predictor on the frozen tokeniser's tokens: ``python -m mien_training.sfms.train_predictor [--config FILE]
[--device cuda]``, or by ``torchrun --nproc-per-node N -m`` in N processes that share each batch. Resumes by itself.
"""

from __future__ import annotations

import argparse
import json
import math
import pickle
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
from tqdm import tqdm

from ..run import checkpoint, processes
from ..run.errors import in_a_line
from .channels import CHEEK, FAST, SLOW, SMILE, smile_groups
from .config import work_root
from .dataset import Talk, mirrors, neutral, part
from .predictor import HAS, Predictor
from .soft_dtw import soft_dtw
from .stream import KEPT, running_means
from .tokenise import Tokenised, sounds, tokenise
from .tokeniser import Tokeniser
from .train_tokeniser import NAME as TOKENISER
from .train_tokeniser import for_a_listener
from .trainer import Trainer, asked

NAME = "sfms-predictor.pt"
BEST = "best-" + NAME  # the checkpoint with the best held-out smile
WRONG = 200  # places by which the checks' partners are exchanged
# Feature columns of each sensed channel: smile, cheek, motion energy, gaze region.
COLUMNS = [[0, 1, 2, 6], [3, 4, 5, 7], [8, 9, 13], [10, 11, 12, 14]]


def load_tokeniser(config) -> Tokeniser:
    """The trained tokeniser, frozen, with its chooser where the placement has one; stops at one of other data or sizes."""
    path, model = work_root() / TOKENISER, Tokeniser(config.tokeniser, config.window)
    state = checkpoint.load(path)
    if state is None:
        raise SystemExit("no tokeniser; run python -m mien_training.sfms.train_tokeniser first")
    way_out = "name the configuration of its training by --config"
    checkpoint.same_data(path, state, config.data, way_out)
    own = model.state_dict()
    there = {key: value for key, value in state["model"].items() if key in own or not key.startswith("chooser.")}
    shapes = [{key: value.shape for key, value in weights.items()} for weights in (there, own)]
    for name, was, found in checkpoint.differences(*shapes):
        was, found = ("not there" if shape is None else tuple(shape) for shape in (was, found))
        raise SystemExit(f"{path}: {name} is {was}, by the configuration {found}; {way_out}")
    model.load_state_dict(there)
    return model.eval().requires_grad_(False)


class Batches:
    """Random (or all) blocks of tokenised tracks as tensors for the predictor."""

    def __init__(
        self, parts: list[Tokenised], tokeniser: Tokeniser, past: int, columns: int = 0, rest: np.ndarray | None = None
    ):
        """``columns`` of sound are gathered too; none for a predictor without an ear. ``rest``: the face (58,) that listeners
        begin with, 0 where none is given."""
        self.parts, self.past, self.columns = parts, past, columns
        face = torch.zeros(58) if rest is None else torch.from_numpy(rest).float()
        self.neutral, self.means = tokeniser.standardise(face), running_means(face)
        self.mean, self.std, self.groups = tokeniser.mean, tokeniser.std, tokeniser.groups
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
            track = int(random.integers(len(self.parts[part].targets)))
            picks.append((part, track, int(random.integers(self.parts[part].count(track)))))
        frames, extras, tokens, speaker, targets = self.gather(picks)
        ear = self.listen(picks)
        for n in np.flatnonzero(random.random(size) < c.neutral_prefix):
            first = int(random.integers(1, self.past + 1))
            self.forget(frames[n], extras[n], tokens[n], first)
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

    def forget(self, frames: torch.Tensor, extras: torch.Tensor, tokens: torch.Tensor, first: int) -> None:
        """Makes the ``first`` frames of a listener's history (past, …) neutral, and its running means what follows from it."""
        frames[:first] = self.neutral
        tokens[:first] = 0
        natural = frames * self.std + self.mean
        smile, cheek = natural[:, SMILE].mean(-1), natural[:, CHEEK].mean(-1)
        both = [(v, k) for v in (smile, cheek) for k in self.kernels]
        extras[:] = torch.stack([k @ (v - mean) + mean for (v, k), mean in zip(both, self.means)], -1)

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
    return checks.plain(judged_blocks(checks))


def judged_blocks(checks: Batches) -> list[tuple[int, int, int]]:
    """Which blocks these are."""
    tracks = checks.parts[0]
    counts = map(tracks.count, range(len(tracks.targets)))
    every = [(0, t, b) for t, blocks in enumerate(counts) for b in range(min(12, blocks // 2), blocks)]
    return [every[i] for i in np.random.default_rng(2).choice(len(every), min(1024, len(every)), replace=False)]


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
    """Tokens of the training talks (one variant a phase) and of the held-out talks; cached, for one tokeniser, data line and
    choice of phases."""
    path, phases = work_root() / "sfms-tokenised.pkl", config.predictor.phases
    of = json.dumps([checkpoint.digest(tokeniser.state_dict()), config.data, phases])
    if path.exists() and (found := pickle.loads(path.read_bytes()))["of"] == of:
        return found["training"], found["held"]
    bar = lambda r: tqdm(r, desc="tokens", mininterval=10)  # noqa: E731
    rest, flips = neutral(config.data, train), mirrors(config.data)
    parts = [tokenise(tokeniser, train, phase, phase + 1, bar, rest, flips) for phase in phases]
    check = tokenise(tokeniser, held, 0, None, bar, rest)
    aside = path.with_name(path.name + ".part")
    aside.write_bytes(pickle.dumps({"of": of, "training": parts, "held": check}))
    aside.replace(path)
    return parts, check


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
    processes.say(
        f"sound: {audio.features} columns of {kind} a frame" if audio.features
        else f"no sound: {config.data} has {columns} columns a frame of the kind {audio.kind}"
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


class PredictorTrainer(Trainer):
    """The predictor on the frozen tokeniser's tokens; beside the checkpoint it keeps the one with the best held-out smile."""

    MOST, SOON, LAST = 0.998, 20, 0.03

    def __init__(
        self, config: SimpleNamespace, model: Predictor, batches: Batches, judged: list[torch.Tensor], sound: dict,
        device: torch.device | str = "cpu",
    ):  # fmt: skip
        """``judged``: blocks of people outside training (``reference``); ``sound``: what the predictor hears (``ear``)."""
        super().__init__(config, "predictor", device)
        self.hold(model.to(device))
        c, self.batches, self.sound, self.best = self.c, batches, sound, math.inf
        self.judged = [part.to(device) for part in judged]
        decays = lambda name, p: p.ndim > 1 and "embed" not in name  # noqa: E731
        groups = [
            {"params": [p for n, p in model.named_parameters() if decays(n, p) == own], "weight_decay": decay}
            for own, decay in ((True, c.weight_decay), (False, 0.0))
        ]
        self.optimisers, self.peaks = [torch.optim.AdamW(groups, c.lr, (0.9, 0.99))], [c.lr]
        self.weight = torch.ones(1 + model.codes, device=device)
        self.weight[0] = c.transition_weight
        self.shares = torch.tensor(c.group_weights or [1.0] * model.count, device=device)
        self.smiles = smile_groups(batches.groups)

    def loss(self, progress: float) -> torch.Tensor:
        drawn = self.batches.random(self.c.batch, self.c, self.random)
        motion, tokens, speaker, targets, *sound = (processes.part(rows).to(self.device) for rows in drawn)
        logits = self.model(motion, tokens, speaker, targets, *sound)
        key = 1 - torch.softmax(logits, -1)[..., 0]
        warp = soft_dtw(
            key.transpose(1, 2).flatten(0, 1), (targets > 0).float().transpose(1, 2).flatten(0, 1), self.c.soft_dtw_gamma
        ).mean()
        return (entropy(logits, targets, self.weight) * self.shares).sum() + self.c.soft_dtw * warp

    def move(self, loss: torch.Tensor) -> None:
        self.descend(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimisers[0].step()

    def look(self, path: Path) -> str:
        found = entropies(self.slow.eval(), self.judged)
        groups = found["speaker"]
        smile = {name: float(own[self.smiles].mean()) for name, own in found.items()}
        if smile["speaker"] < self.best:
            self.best = smile["speaker"]
            score = float((groups * self.shares).sum())
            state = {"model": self.slow.state_dict(), "step": self.reached, "score": score, "sound": self.sound}
            checkpoint.save(state, path.with_name(BEST))
        text = " ".join(f"{g:.4f}" for g in groups.tolist())
        smiles = ", ".join(f"{name} {own:.4f}" for name, own in smile.items())
        return f"held-out {text} | smile: {smiles}"

    def state(self) -> dict:
        return super().state() | {"best": self.best}

    def restore(self, state: dict) -> None:
        super().restore(state)
        self.best = state["best"]


def material(config, tokeniser: Tokeniser) -> tuple[Batches, Batches, dict, list[Talk]]:
    """What a predictor learns from, the development talks that it is judged by, what it hears (``ear``), and the training talks."""
    with processes.first():
        own = [part(name, config.data, config.predictor.audio.kind, config.window)[0] for name in ("training", "development")]
        train, held = own
        heard, rest = ear(config, train), neutral(config.data, train)
        parts, check = tokenised(config, tokeniser, train, held)
    if heard["features"]:
        for p, phase in zip([*parts, check], [*config.predictor.phases, 0]):
            p.sound = sounds(held if p is check else train, phase)
    batches = Batches(parts, tokeniser, config.past, heard["features"], rest)
    return batches, Batches([check], tokeniser, config.past, heard["features"]), heard, train


def load_begin(model: Predictor, path: Path) -> None:
    """Weights to start from; those without an ear may get one."""
    if (state := checkpoint.load(path)) is None:
        raise SystemExit(f"--begin: {path} is not there, expected a checkpoint of a predictor")
    missing = model.load_state_dict(state["model"], strict=False).missing_keys
    if not all(name.startswith("speaker.audio.") for name in missing):
        raise SystemExit(f"{path} lacks {missing[0]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--begin", type=Path, help="weights to start from")
    with in_a_line():
        arguments, config = asked(parser)
        for_a_listener(config, arguments.config)
    device = processes.start(arguments.device)
    torch.manual_seed(config.seed)
    tokeniser = load_tokeniser(config)
    with in_a_line():
        batches, checks, heard, train = material(config, tokeniser)
    c = config.predictor
    judged = reference(checks)
    model = Predictor(c, tokeniser.codes[0], config.past, config.hop, len(tokeniser.groups))
    processes.say(f"predictor {sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters")
    if arguments.begin:
        load_begin(model, arguments.begin)
    if heard["features"]:
        model.speaker.audio.scale.fit(*scale_of(train))
    trainer = PredictorTrainer(config, model, batches, judged, heard, device)
    trainer.settings["tokens"] = checkpoint.digest(tokeniser.state_dict())
    path = work_root() / NAME
    if not arguments.afresh:
        trainer.resume(path)
    trainer.run(path, arguments.minutes)
    processes.stop()


if __name__ == "__main__":
    main()
