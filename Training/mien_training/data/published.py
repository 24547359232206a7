"""Readers of other groups' sets, in the layouts that those publish: REACT 2024, Learning2Listen, and the landmark files of
SUHMo's public code (CONFER, VoxCeleb2). None of them is in this repository; each loader is tested on made-up files in the
layout.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import sound

#: SUHMo's test speakers of VoxCeleb2 (spec §1.1).
VOX_TEST = tuple(f"id{n:05d}" for n in (19, 26, 67, 75, 78, 508, 553, 570, 582, 587))
CONFER_SIDE, VOX_SIDE = 180.0, 224.0  # px


def array(path: Path, shape: tuple[int | None, ...] = ()) -> np.ndarray:
    """The finite numbers in a file; the last sides of the array are those of ``shape``, None: of any length."""
    try:
        values = np.load(path)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: {error}") from None
    own = values.shape[values.ndim - len(shape) :]
    if values.ndim < len(shape) or any(wanted not in (None, side) for side, wanted in zip(own, shape)):
        wanted = ", ".join("any" if side is None else str(side) for side in shape)
        raise ValueError(f"{path}: shape {values.shape}, expected the last to be ({wanted})")
    if not np.isfinite(values).all():
        raise ValueError(f"{path}: some numbers are not finite")
    return values


@dataclass
class Pair:
    """Speaker and listener of one clip, frame by frame: motion (T, C) each, in the set's own columns."""

    name: str
    speaker: np.ndarray
    listener: np.ndarray
    fps: float
    columns: list[str]
    #: Features of the speaker's voice (T', F), where the set has them, and how many of them a frame.
    audio: np.ndarray | None = None
    audio_rate: float = 1.0
    #: Where the set keeps the listener's voice too: both, (T, F), and what the columns are (``mien_training.data.sound``).
    listener_audio: np.ndarray | None = None
    audio_kind: str = "none"
    #: The 25 reaction attributes of both, (T, 25), where the set has them.
    speaker_attributes: np.ndarray | None = None
    listener_attributes: np.ndarray | None = None


def react(
    root: Path | str, split: str, mean_face: Path | str | None = None, audio: str = "none"
) -> list[Pair]:
    """REACT 2024: ROOT/train.csv (a row a clip: number, one path, its partner's) and ROOT/train/3D_FV_files/PATH.npy,
    (T, 58) or (T, 1, 58), beside Emotion/PATH.csv, a header and 25 columns. Each clip is there twice, once with either
    person as the listener, as in the challenge's order. 25 frames a second.

    The 58 columns are FaceVerse's 52, three angles and three of translation, in FaceVerse's order, which is not ARKit's;
    their names say only the place. `mean_face` (58 numbers, .npy) is taken off, as the challenge's code does. `audio` is
    which sound is read (``mien_training.data.sound.react``): `log-mel`, `own` or `none`.
    """
    root = Path(root)
    with open(root / f"{split}.csv", newline="") as file:
        rows = [row for row in list(csv.reader(file))[1:] if row]
    for number, row in enumerate(rows):
        if len(row) < 3:
            raise ValueError(f"{root / split}.csv: clip {number} has {len(row)} columns, expected a number and two paths")
    one, other = [row[1] for row in rows], [row[2] for row in rows]
    mean = np.load(mean_face).reshape(58) if mean_face else np.zeros(58)
    columns = [f"faceverse_{i}" for i in range(52)] + ["angle_x", "angle_y", "angle_z", "x", "y", "z"]

    def motion(path: str) -> np.ndarray:
        values = array(root / split / "3D_FV_files" / f"{path}.npy", (58,)).reshape(-1, 58)
        return (values - mean).astype(np.float32)

    def attributes(path: str) -> np.ndarray | None:
        file = root / split / "Emotion" / f"{path}.csv"
        if not file.exists():
            return None
        return np.loadtxt(file, delimiter=",", skiprows=1, dtype=np.float32, ndmin=2)

    def pair(speaker: str, listener: str) -> Pair:
        faces = motion(speaker), motion(listener)
        (own, kind), (answer, _) = (
            sound.react(root / split, path, len(face), audio) for path, face in zip((speaker, listener), faces)
        )
        return Pair(
            f"{speaker} -> {listener}", *faces, 25.0, columns, audio=own, listener_audio=answer, audio_kind=kind,
            speaker_attributes=attributes(speaker), listener_attributes=attributes(listener),
        )

    return [pair(speaker, listener) for speaker, listener in zip(one + other, other + one)]


#: Which side of the screen each of Learning2Listen's hosts listens on.
L2L_SIDES = {"conan": 0, "fallon": 1, "kimmel": 0, "stephen": 0, "trevor": 0}


def learning2listen(root: Path | str, host: str, split: str) -> list[Pair]:
    """Learning2Listen: ROOT/data/HOST/train/p1_speak_faces_clean_deca.npy and p0_list_faces_clean_deca.npy, (N, 64, 56 or
    more), p1_speak_audio_clean_deca.npy, (N, 256, 128), four mel columns a frame. 30 frames a second; 50 expression
    coefficients of DECA, three head angles, three of the jaw."""
    if host not in L2L_SIDES:
        raise ValueError(f"host is {host!r}, expected one of {', '.join(L2L_SIDES)}")
    folder, side = Path(root) / "data" / host / split, L2L_SIDES[host]
    speaker, listener = (
        array(folder / f"{who}_faces_clean_deca.npy", (None, None, None))[:, :, :56]
        for who in (f"p{1 - side}_speak", f"p{side}_list")
    )
    sound = folder / f"p{1 - side}_speak_audio_clean_deca.npy"
    audio = np.load(sound) if sound.exists() else [None] * len(speaker)
    if min(speaker.shape[2], listener.shape[2]) < 56:
        raise ValueError(f"{folder}: {min(speaker.shape[2], listener.shape[2])} columns of a face, expected at least 56")
    if len(speaker) != len(listener):
        raise ValueError(f"{folder}: {len(speaker)} segments of the speaker, {len(listener)} of the listener")
    columns = [f"deca_{i}" for i in range(50)] + [f"{part}_{axis}" for part in ("head", "jaw") for axis in "xyz"]
    return [
        Pair(f"{host}/{split}/{i}", s.astype(np.float32), l.astype(np.float32), 30.0, columns, a, 4.0)
        for i, (s, l, a) in enumerate(zip(speaker, listener, audio))
    ]


def confer(path: Path | str) -> list[tuple[str, str, np.ndarray]]:
    """CONFER as SUHMo's public code packs it: an HDF5 file of `landmark_db` (N, 2, T, 68, 2), px of a square of 180.
    (name, recording, landmarks of a unit square), both people of a recording under its name."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            clips = file["landmark_db"][...]
    except (OSError, KeyError) as error:
        raise ValueError(f"{path}: expected an HDF5 file of landmark_db ({error.args[0]})") from None
    if clips.ndim != 5 or clips.shape[1] != 2 or clips.shape[3:] != (68, 2):
        raise ValueError(f"{path}: landmark_db is {clips.shape}, expected (N, 2, T, 68, 2)")
    return [
        (f"clip{i}/{'ab'[person]}", f"clip{i}", (landmarks / CONFER_SIDE).astype(np.float32))
        for i, pair in enumerate(clips)
        for person, landmarks in enumerate(pair)
    ]


def voxceleb2(root: Path | str, test: bool = False) -> list[tuple[str, str, np.ndarray]]:
    """VoxCeleb2 as SUHMo's public code prepares it: ROOT/id00012/VIDEO_coord.json, (T, 68, 2), px of a square of 224."""
    found = []
    for path in sorted(Path(root).glob("id*/*_coord.json")):
        if (path.parent.name in VOX_TEST) != test:
            continue
        landmarks = np.array(json.loads(path.read_text()), np.float32)
        if landmarks.ndim != 3 or landmarks.shape[1:] != (68, 2):
            raise ValueError(f"{path}: shape {landmarks.shape}, expected (T, 68, 2)")
        name = f"{path.parent.name}/{path.name.removesuffix('_coord.json')}"
        found.append((name, path.parent.name, landmarks / VOX_SIDE))
    return found
