"""Published sets of conversations as the listener's training takes its own: a configuration's

    data: react2024:/data/REACT2024
    data: learning2listen:/data/L2L:fallon

A set's parts are its own (``train``, ``val``, ``test``). Of one without ``val`` the last fifth of ``train`` is held out for
development: neighbours are of one recording, so the end of a list shares the least with the rest. Of a conversation both sides
are cut to the shorter. Voices come along where the set has them (``mien_training.data.sound``): of REACT log-mel of its WAV
files or wav2vec2's features, as ``predictor.audio.kind`` says, of Learning2Listen its own mel.

REACT 2024 gives FaceVerse's 52 coefficients without their names, in an order that is not ARKit's. ROOT/columns.txt, one
channel name a line, puts them where they belong; without it they keep their own places, and what is learned holds for that
set alone. Learning2Listen's are DECA's: the four expression components that vary most take the places of smile and cheek,
the others follow, all led to 0...1 by the training part's range. The head's turn is a vector (x nods, y turns, z tilts), which
becomes yaw, pitch and roll; the jaw's about x is jawOpen, 0 where it is closed, 1 at the training part's widest; its other two
turns are left out, and the head stays in its place.

Where nothing tells left from right (Learning2Listen, REACT without columns.txt) no face is taken in a mirror. A listener begins
with the set's mean face: ROOT/mean_face.npy of REACT (58 numbers, as the challenge's code has them), else that of the training
part.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from ..data import published, sound
from ..data.channels import CHANNELS, INDEX, ROTATION_SLICE
from ..data.rotation import angles_from_matrix
from ..run import processes
from .channels import CHEEK, SMILE
from .talk import Talk

PARTS = {"training": "train", "development": "val", "test": "test"}
#: What share of ``train`` is held out where a set has no ``val``: one of so many.
HELD_OUT = 5
JAW = INDEX["jawOpen"]
#: So that head speed (rad a frame) lies where the recordings' motion energy does; its scale is taken as it runs anyway.
MOTION = 1e4
RATE = 25.0


def parsed(source: str) -> tuple[str, Path, str]:
    """Kind, root and, of Learning2Listen, host that a data line names."""
    kind, _, place = source.partition(":") if isinstance(source, str) else ("", "", "")
    root, host = place, ""
    if kind == "learning2listen":
        root, _, host = place.rpartition(":")
    if kind not in ("react2024", "learning2listen") or not root or (kind == "learning2listen" and not host):
        raise ValueError(f"data is {source!r}, expected recordings, react2024:ROOT or learning2listen:ROOT:HOST")
    return kind, Path(root), host


def part(source: str, name: str, audio: str = "none", least: int = 1) -> list[Talk]:
    """The conversations of a part of ``source``, with the sound asked for: ``log-mel``, the set's ``own`` or ``none``. Those of
    less than ``least`` frames are left out."""
    kind, root, host = parsed(source)
    found = react(root, name, audio) if kind == "react2024" else learning2listen(root, host, name, audio)
    long = [one for one in found if len(one.face[0]) >= least]
    if not long:
        raise ValueError(f"{source}: no conversation of {name} has the {least} frames of a window")
    if len(long) < len(found):
        processes.say(f"{source}: {len(found) - len(long)} of {len(found)} conversations of {name} are shorter than {least} frames and left out")
    return long


def is_named(source: str) -> bool:
    """Whether a set's columns have names, so that left and right are known."""
    kind, root, _ = parsed(source)
    return kind == "react2024" and (root / "columns.txt").exists()


def mean_face(source: str, train: list[Talk]) -> np.ndarray:
    """A set's mean face (58,): its own, or that of its training conversations."""
    kind, root, _ = parsed(source)
    if kind == "react2024" and (path := root / "mean_face.npy").exists():
        values = published.array(path)
        if values.size != 58:
            raise ValueError(f"{path}: {values.size} numbers, expected 58")
        return values.reshape(58)[order(root)].astype(np.float32)
    faces = [face for one in train for face in one.face]
    return (sum(face.sum(0, dtype=np.float64) for face in faces) / sum(map(len, faces))).astype(np.float32)


def shared(read: Callable[[str], list], path: Callable[[str], Path], name: str) -> list:
    """The clips of a part, read by the set's own names for its parts; of a set without ``val`` development is the end of ``train``.
    ``path``: what is there of a part that the set has."""
    own = PARTS[name]
    if own == "test" or path("val").exists():
        if not path(own).exists():
            raise ValueError(f"{path(own)}: not there, expected the part {own} of the set")
        if not (clips := read(own)):
            raise ValueError(f"{path(own)}: no conversation in it")
        return clips
    if not path("train").exists():
        raise ValueError(f"{path('train')}: not there, expected the part train of the set")
    clips = read("train")
    if len(clips) < 2:
        raise ValueError(f"{path('train')}: conversations: {len(clips)}; expected at least 2, of which one is held out, since there is no val")
    held = max(len(clips) // HELD_OUT, 1)
    return clips[-held:] if name == "development" else clips[:-held]


def sensed(face: np.ndarray) -> np.ndarray:
    """What a camera would tell of a face (T, 58): smile, cheek, how much the head moves; gaze is not known, (T, 4)."""
    speed = np.linalg.norm(np.diff(face[:, 52:55], axis=0, prepend=face[:1, 52:55]), axis=1)
    gaze = np.full(len(face), np.nan)
    return np.stack([face[:, SMILE].mean(1), face[:, CHEEK].mean(1), MOTION * speed, gaze], 1).astype(np.float32)


def talk(pair: published.Pair, one: np.ndarray, other: np.ndarray, voices=(None, None), kind: str = "none") -> Talk:
    """Both sides of a conversation, as long as the shorter."""
    length = min(len(one), len(other))
    faces = one[:length], other[:length]
    heard = tuple(None if voice is None else voice[:length] for voice in voices)
    return Talk(pair.name, pair.name, faces, tuple(map(sensed, faces)), heard, kind)


def react(root: Path, name: str, audio: str) -> list[Talk]:
    def read(split: str) -> list[published.Pair]:
        pairs = published.react(root, split, audio=audio)
        return pairs[: len(pairs) // 2]  # each clip is there from both sides

    places = order(root)
    placed = lambda x: x[:, places]  # noqa: E731
    return [
        talk(p, placed(p.speaker), placed(p.listener), (p.audio, p.listener_audio), p.audio_kind)
        for p in shared(read, lambda split: root / f"{split}.csv", name)
    ]


def order(root: Path) -> list[int]:
    """Where each of the 58 channels stands in REACT's columns: as ROOT/columns.txt says, or in its own place."""
    return columns(names) if (names := root / "columns.txt").exists() else list(range(58))


def columns(path: Path) -> list[int]:
    """Where each of the 58 channels stands in a set's columns."""
    names = path.read_text().split()
    if sorted(names) != sorted(CHANNELS):
        wrong = sorted(set(names) ^ set(CHANNELS))[:3]
        raise ValueError(f"{path}: expected each of the 58 channel names once; {', '.join(wrong)} is too much or missing")
    return [names.index(name) for name in CHANNELS]


def learning2listen(root: Path, host: str, name: str, audio: str) -> list[Talk]:
    clips = lambda name: shared(  # noqa: E731
        lambda split: published.learning2listen(root, host, split), lambda split: root / "data" / host / split, name
    )
    train = [x for p in clips("training") for x in (p.speaker, p.listener)]
    expression = np.concatenate([x[:, :50] for x in train])
    least, most = np.quantile(expression, [0.001, 0.999], axis=0)
    widest = np.quantile(np.concatenate([x[:, 53] for x in train]), 0.999)
    varying = np.argsort(-expression.var(0), kind="stable")
    first = SMILE + CHEEK
    places = first + [i for i in range(52) if i not in (*first, JAW)][:46]

    def placed(x: np.ndarray) -> np.ndarray:
        x = resampled(x, 30.0)
        out = np.zeros((len(x), 58), np.float32)
        out[:, places] = np.clip((x[:, :50] - least) / np.maximum(most - least, 1e-6), 0, 1)[:, varying]
        out[:, JAW] = np.clip(x[:, 53] / max(widest, 1e-6), 0, 1)
        out[:, ROTATION_SLICE] = angles_from_matrix(Rotation.from_rotvec(x[:, 50:53]).as_matrix())
        return out

    def heard(pair: published.Pair) -> Talk:
        faces = placed(pair.speaker), placed(pair.listener)
        if pair.audio is None or audio == "none":
            return talk(pair, *faces)
        voice, kind = sound.learning2listen(pair.audio, len(pair.speaker) / pair.fps, len(faces[0]))
        return talk(pair, *faces, (voice, None), kind)

    return [heard(p) for p in clips(name)]


def resampled(x: np.ndarray, fps: float) -> np.ndarray:
    """(T, C) at 25 frames a second, straight between frames."""
    at = np.arange(int((len(x) - 1) / fps * RATE) + 1) / RATE * fps
    return np.stack([np.interp(at, np.arange(len(x)), column) for column in x.T], 1)
