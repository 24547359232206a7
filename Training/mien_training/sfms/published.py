"""Published sets of conversations as the listener's training sees its own: a configuration's

    data: react2024:/data/REACT2024
    data: learning2listen:/data/L2L:fallon

A set's parts are its own (``train``, ``val``, ``test``; one that is not there is empty). Voices come along where the set has
them (``mien_training.data.sound``): of REACT log-mel of its WAV files or wav2vec2's features, as ``predictor.audio.kind`` says,
of Learning2Listen its own mel.

REACT 2024 gives FaceVerse's 52 coefficients without their names, in an order that is not ARKit's. ROOT/columns.txt, one
channel name a line, puts them where they belong; without it they keep their own places, and what is learned holds for that
set alone. Learning2Listen's are DECA's: the four expression components that vary most take the places of smile and cheek,
the others follow, all led to 0...1 by the training part's range; head angles are head angles, the jaw's take the head's
place.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..data import published, sound
from ..data.channels import CHANNELS
from .channels import CHEEK, SMILE
from .talk import Talk

PARTS = {"training": "train", "development": "val", "test": "test"}
#: So that head speed (rad a frame) lies where the recordings' motion energy does; its scale is taken as it runs anyway.
MOTION = 1e4
RATE = 25.0


def part(source: str, name: str, audio: str = "none") -> list[Talk]:
    """The conversations of a part of ``source``, with the sound asked for: ``log-mel``, the set's ``own`` or ``none``."""
    kind, _, place = source.partition(":")
    if kind == "react2024":
        return react(Path(place), PARTS[name], audio)
    if kind == "learning2listen":
        root, _, host = place.rpartition(":")
        return learning2listen(Path(root), host, PARTS[name], audio)
    raise ValueError(f"data is {source!r}, expected recordings, react2024:ROOT or learning2listen:ROOT:HOST")


def sensed(face: np.ndarray) -> np.ndarray:
    """What a camera would tell of a face (T, 58): smile, cheek, how much the head moves; gaze is not known, (T, 4)."""
    speed = np.linalg.norm(np.diff(face[:, 52:55], axis=0, prepend=face[:1, 52:55]), axis=1)
    gaze = np.full(len(face), np.nan)
    return np.stack([face[:, SMILE].mean(1), face[:, CHEEK].mean(1), MOTION * speed, gaze], 1).astype(np.float32)


def talk(pair: published.Pair, one: np.ndarray, other: np.ndarray, voices=(None, None), kind: str = "none") -> Talk:
    return Talk(pair.name, pair.name, (one, other), (sensed(one), sensed(other)), voices, kind)


def react(root: Path, split: str, audio: str) -> list[Talk]:
    if not (root / f"{split}.csv").exists():
        return []
    pairs = published.react(root, split, audio=audio)
    order = list(range(58))
    if (names := root / "columns.txt").exists():
        order = columns(names)
    placed = lambda x: x[:, order]  # noqa: E731
    return [
        talk(p, placed(p.speaker), placed(p.listener), (p.audio, p.listener_audio), p.audio_kind)
        for p in pairs[: len(pairs) // 2]
    ]


def columns(path: Path) -> list[int]:
    """Where each of the 58 channels stands in a set's columns."""
    names = path.read_text().split()
    if sorted(names) != sorted(CHANNELS):
        wrong = sorted(set(names) ^ set(CHANNELS))[:3]
        raise ValueError(f"{path}: expected each of the 58 channel names once; {', '.join(wrong)} is too much or missing")
    return [names.index(name) for name in CHANNELS]


def learning2listen(root: Path, host: str, split: str, audio: str) -> list[Talk]:
    read = lambda name: published.learning2listen(root, host, name)  # noqa: E731
    if not (root / "data" / host / split).exists():
        return []
    expression = np.concatenate([x[:, :50] for p in read("train") for x in (p.speaker, p.listener)])
    least, most = np.quantile(expression, [0.001, 0.999], axis=0)
    order = np.argsort(-expression.var(0), kind="stable")
    first = SMILE + CHEEK
    places = first + [i for i in range(52) if i not in first][:46]

    def placed(x: np.ndarray) -> np.ndarray:
        x = resampled(x, 30.0)
        out = np.zeros((len(x), 58), np.float32)
        out[:, places] = np.clip((x[:, :50] - least) / np.maximum(most - least, 1e-6), 0, 1)[:, order]
        out[:, 52:] = x[:, 50:]
        return out

    def heard(pair: published.Pair) -> Talk:
        faces = placed(pair.speaker), placed(pair.listener)
        if pair.audio is None or audio == "none":
            return talk(pair, *faces)
        voice, kind = sound.learning2listen(pair.audio, len(pair.speaker) / pair.fps, len(faces[0]))
        return talk(pair, *faces, (voice, None), kind)

    return [heard(p) for p in read(split)]


def resampled(x: np.ndarray, fps: float) -> np.ndarray:
    """(T, C) at 25 frames a second, straight between frames."""
    at = np.arange(int((len(x) - 1) / fps * RATE) + 1) / RATE * fps
    return np.stack([np.interp(at, np.arange(len(x)), column) for column in x.T], 1)
