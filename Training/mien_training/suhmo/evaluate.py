"""Measures idling against held-out people: `python -m mien_training.suhmo.evaluate [--card Models/suhmo.md]`.

Rows: a split half of the real windows (the floor), standing still, white-noise velocities, and SUHMo's ten-minute runs.
Head angles of all rows come out of the landmarks by the same closed-form fit. With `--card` the figures, and what the
model is, are written as the model's card.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..facefit.basis import FaceBasis
from ..metrics.frechet import LinearSpace, frechet
from ..metrics.spectra import spectrum, spectrum_distance
from ..run import program, threads
from . import export
from .card import card
from .config import Config
from .idle import Idler
from .landmarks import head_angles, read_landmarks
from .study import STUDY
from .tracks import load

ANGLES = ("yaw", "pitch", "roll")
RATE, WINDOW = 25.0, 40
#: What the card tells of the study.
TABLES = export.MODELS / "evaluation" / "suhmo.json"


@dataclass
class Figures:
    """One row of the table."""

    name: str
    spectrum: np.ndarray  # dB by angle
    speed: np.ndarray  # rms degrees a second by angle
    span: np.ndarray  # degrees from the 5th to the 95th percentile
    frechet: float
    drift: np.ndarray | None = None  # degrees: largest difference of a minute's mean from the first minute's
    face: float = 0.0  # rms speed of the face's own motion, in face heights a second

    def cells(self) -> list[str]:
        three = lambda values: " / ".join(f"{value:.1f}" for value in values)  # noqa: E731
        drift = "" if self.drift is None else three(self.drift)
        return [
            self.name, three(self.spectrum), three(self.speed), three(self.span), f"{self.face:.3f}",
            f"{self.frechet:.2f}", drift,
        ]


HEADER = [
    "", "spectrum (dB)", "speed (°/s)", "range 5–95 % (°)", "face's own speed (heights/s)", "Fréchet", "drift (°)",
]


def own_motion(landmarks: np.ndarray) -> float:
    """Rms speed of the landmarks after the best similarity from frame to frame is taken out, in face heights a second."""
    points = landmarks[..., 0] + 1j * landmarks[..., 1]
    points = points - points.mean(axis=1, keepdims=True)
    turn = (np.conj(points[:-1]) * points[1:]).sum(axis=1) / (np.abs(points[:-1]) ** 2).sum(axis=1)
    left = points[1:] - turn[:, None] * points[:-1]
    height = np.ptp(landmarks[..., 1], axis=1).mean()
    return float(np.sqrt((np.abs(left) ** 2).mean()) / height * RATE)


def windows(tracks: list[np.ndarray], stride: int = 10) -> np.ndarray:
    """(N, WINDOW, 272): the way since the window's start and the velocity, each about 1 in size."""
    found = []
    for track in tracks:
        flat = track.reshape(len(track), 136)
        velocity = np.diff(flat, axis=0)
        for start in range(0, len(velocity) - WINDOW + 1, stride):
            way = flat[start + 1 : start + 1 + WINDOW] - flat[start]
            found.append(np.concatenate([way / 0.016, velocity[start : start + WINDOW] / 0.002], axis=-1))
    return np.array(found)


def noise_tracks(basis: FaceBasis, speed: np.ndarray, count: int, frames: int) -> list[np.ndarray]:
    """Heads with velocities of white noise as fast as real ones, drawn back to the middle over two seconds."""
    random, tracks = np.random.default_rng(5), []
    for _ in range(count):
        values = np.zeros((frames, 58), np.float32)
        for t in range(1, frames):
            values[t, 52:55] = 0.98 * values[t - 1, 52:55] + random.normal(size=3) * speed / RATE
        tracks.append(basis.image(values))
    return tracks


class Judge:
    """The real people that rows are measured against."""

    def __init__(self, basis: FaceBasis, real: list[np.ndarray]):
        self.basis, self.real = basis, real
        self.angles = [head_angles(track, basis) for track in real]
        self.frequencies, self.power = self._spectrum(self.angles)
        self.space = LinearSpace.fit(windows(real, 5))
        self.features = self.space(windows(real))

    def _spectrum(self, angles: list[np.ndarray]):
        return spectrum(angles, RATE, segment=64)

    def row(self, name: str, tracks: list[np.ndarray], against: "Judge | None" = None, long: bool = False) -> Figures:
        judge = against or self
        angles = [head_angles(track, self.basis) for track in tracks]
        power = self._spectrum(angles)[1]
        joined = np.degrees(np.concatenate(angles))
        speed = np.degrees(np.sqrt(np.concatenate([np.diff(a, axis=0) ** 2 for a in angles]).mean(axis=0))) * RATE
        drift = None
        if long:
            minute = int(60 * RATE)
            means = [np.stack([a[i : i + minute].mean(axis=0) for i in range(0, len(a) - minute + 1, minute)]) for a in angles]
            drift = np.degrees(np.max([np.abs(m - m[0]).max(axis=0) for m in means], axis=0))
        lengths = np.array([len(track) for track in tracks])
        face = float(np.sqrt(np.average([own_motion(track) ** 2 for track in tracks], weights=lengths)))
        return Figures(
            name, spectrum_distance(power, judge.power, judge.frequencies, (0.3, 6.0)), speed,
            np.ptp(np.percentile(joined, [5, 95], axis=0), axis=0),
            frechet(judge.space(windows(tracks)), judge.features), drift, face,
        )


def idled(mien: Path, frames: int, seed: int) -> np.ndarray:
    """The binary's idling, (frames, 68, 2), composed as a robot gets it."""
    with tempfile.TemporaryDirectory() as folder:
        track, landmarks = Path(folder) / "idle.csv", Path(folder) / "landmarks.csv"
        command = [mien, "generate", "idle", "--frames", str(frames), "--seed", str(seed), "--out", track]
        program.output([*command, "--landmarks", landmarks])
        return read_landmarks(landmarks)


def evaluate(
    model, idle, basis: FaceBasis, held_out: list[np.ndarray], minutes: float, seeds: int, mien: Path | None = None
) -> list[Figures]:
    """The rows of the table."""
    judge = Judge(basis, held_out)
    halves = Judge(basis, held_out[0::2]), held_out[1::2]
    speed = np.sqrt(np.concatenate([np.diff(a, axis=0) ** 2 for a in judge.angles]).mean(axis=0)) * RATE
    neutral = basis.image(np.zeros(58, np.float32))
    frames = int(minutes * 60 * RATE)
    idle_tracks = [Idler(model, idle, neutral, seed).frames(frames) for seed in range(1, seeds + 1)]
    still = [np.repeat(neutral[None], 500, axis=0) for _ in range(3)]
    return [
        judge.row("real people", held_out),
        judge.row("one half of them against the other", halves[1], against=halves[0]),
        judge.row("standing still", still),
        judge.row("white-noise velocity", noise_tracks(basis, speed, 6, 1500)),
        judge.row("SUHMo, the network's landmarks", idle_tracks, long=minutes >= 2),
        *([] if mien is None else [
            judge.row("SUHMo, `mien generate idle`", [idled(mien, frames, n + 1) for n in range(seeds)], long=minutes >= 2)
        ]),
    ]


def table(rows: list[Figures]) -> str:
    lines = [HEADER, ["---"] * len(HEADER)] + [row.cells() for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=export.MODELS / "suhmo.safetensors")
    parser.add_argument("--config", type=Path, default=None, help="of the training, for the takes held out")
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--mien", type=Path, help="the Swift binary: measure `mien generate idle`, too")
    parser.add_argument("--validation", action="store_true", help="against the development takes, to choose by")
    parser.add_argument("--card", type=Path, help="write the model's card here")
    arguments = parser.parse_args()
    threads.one()
    config = Config.load(arguments.config or STUDY)
    model, idle, metadata = export.load(arguments.model)
    training, held_out = load(arguments.tracks, config.data, test=not arguments.validation)
    people = [s.landmarks for s in held_out if s.source != "moves" and len(s.landmarks) > WINDOW]
    rows = evaluate(model, idle, FaceBasis.load(), people, arguments.minutes, arguments.seeds, arguments.mien)
    print(table(rows))
    if arguments.card:
        found = json.loads(TABLES.read_text()) if TABLES.exists() else {}
        arguments.card.write_text(card(config, idle, metadata, training, held_out, table(rows), arguments.model, found))
        print(f"wrote {arguments.card}")


if __name__ == "__main__":
    main()
