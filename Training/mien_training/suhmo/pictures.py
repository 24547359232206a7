"""Pictures of SUHMo's runs beside what people did after the same faces: motion maps, head angles over time, velocity spectra
and the quantiles of speed. All runs are the Swift binary's (`tables.generate`)."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402
from matplotlib.patches import Patch  # noqa: E402

from ..facefit.basis import FaceBasis  # noqa: E402
from ..metrics.spectra import spectrum  # noqa: E402
from .landmarks import head_angles  # noqa: E402

COLOURS = {"people": "black", "SUHMo": "tab:blue", "MLE": "tab:orange", "Δ-based": "tab:green"}
#: The paper's channels: jaw; brows, nose and eyes; mouth.
CHANNELS = (slice(0, 17), slice(17, 48), slice(48, 68))
#: What the motion maps' colours are of, channel by channel.
KEY = {"red": "jaw", "lime": "brows, nose, eyes", "blue": "mouth"}
SIDE = 112


def motion_map(face: np.ndarray, run: np.ndarray) -> np.ndarray:
    """(SIDE, SIDE, 3): lit pixels of the last 40 frames, later ones brighter (spec §1.7), the starting face filling the
    picture's middle half."""
    low, high = face.min(axis=0), face.max(axis=0)
    points = (run[-40:] - (low + high) / 2) / (2 * (high - low).max()) + 0.5
    pixels = (np.clip(points, 0, 0.99) * SIDE).astype(int)
    picture = np.zeros((SIDE, SIDE, 3))
    for weight, frame in zip(np.linspace(0.2, 0.8, len(pixels)), pixels):
        for channel, part in enumerate(CHANNELS):
            picture[frame[part, 1], frame[part, 0], channel] += weight
    return np.clip(picture / np.percentile(picture[picture > 0], 90), 0, 1)


def motion_maps(rows: dict[str, np.ndarray], faces: np.ndarray, chosen: np.ndarray, path: Path) -> None:
    figure, axes = plt.subplots(len(rows), len(chosen), figsize=(1.5 * len(chosen), 1.6 * len(rows) + 0.6), squeeze=False, layout="constrained")
    for line, (name, runs) in zip(axes, rows.items()):
        for axis, i in zip(line, chosen):
            axis.imshow(motion_map(faces[i], runs[i]))
            axis.set_xticks([])
            axis.set_yticks([])
        line[0].set_ylabel(name)
    patches = [Patch(color=color, label=part) for color, part in KEY.items()]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), fontsize=8)
    _save(figure, path, "Motion maps of the last 40 of 80 frames from the same faces; later frames are brighter")


def trajectories(rows: dict[str, np.ndarray], faces: np.ndarray, chosen: np.ndarray, basis: FaceBasis, path: Path) -> None:
    figure, axes = plt.subplots(3, len(chosen), figsize=(2.6 * len(chosen), 5.4), sharex=True, squeeze=False, layout="constrained")
    for column, i in enumerate(chosen):
        for name, runs in rows.items():
            angles = np.degrees(head_angles(np.concatenate([faces[i][None], runs[i]]), basis))
            for row, angle in enumerate(angles.T):
                axes[row, column].plot(np.arange(len(angle)) / 25, angle, color=COLOURS.get(name), lw=1.2, label=name)
    for row, name in enumerate(("yaw °", "pitch °", "roll °")):
        axes[row, 0].set_ylabel(name)
    for axis in axes[-1]:
        axis.set_xlabel("s")
    _legend(figure, axes[0, 0])
    _save(figure, path, "Head angles after the same faces, 80 frames")


def spectra(rows: dict[str, np.ndarray], basis: FaceBasis, path: Path, most: int = 150) -> None:
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.4), sharey=True, layout="constrained")
    for name, runs in rows.items():
        some = runs[:: max(len(runs) // most, 1)]
        frequencies, power = spectrum([head_angles(run, basis) for run in some], segment=64)
        for axis, column in zip(axes, np.maximum(power.T, 1e-12)):
            axis.plot(frequencies[1:], 10 * np.log10(column[1:]), color=COLOURS.get(name), lw=1.2, label=name)
    for axis, name in zip(axes, ("yaw", "pitch", "roll")):
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("Hz")
    axes[0].set_ylabel("velocity, dB (rad/s)²/Hz")
    axes[0].set_ylim(-70, None)
    _legend(figure, axes[0])
    _save(figure, path, "Velocity spectra of 80-frame runs")


def quantiles(rows: dict[str, np.ndarray], faces: np.ndarray, path: Path) -> None:
    """Rms speeds and ways of runs, by their quantile among all runs."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    height = np.ptp(faces[..., 1], axis=1)
    share = np.linspace(2, 98, 49)
    for name, runs in rows.items():
        speed = np.sqrt((np.diff(runs, axis=1) ** 2).sum(axis=3).mean(axis=(1, 2))) / height * 25
        way = np.sqrt(((runs - faces[:, None]) ** 2).sum(axis=3).mean(axis=(1, 2))) / height
        for axis, values in zip(axes, (speed, way)):
            axis.plot(share, np.percentile(values, share), color=COLOURS.get(name), label=name)
    axes[0].set_ylabel("rms speed, face heights a second")
    axes[1].set_ylabel("rms way from the start, face heights")
    for axis in axes:
        axis.set_xlabel("% of the runs below")
    _legend(figure, axes[0])
    _save(figure, path, "How fast and how far, run by run")


def _legend(figure: plt.Figure, axis: plt.Axes) -> None:
    """One legend for all panels, below them."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=8)


def _save(figure: plt.Figure, path: Path, title: str) -> None:
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=90)
    plt.close(figure)


def draw(rows: dict[str, np.ndarray], faces: np.ndarray, folder: Path) -> None:
    """All pictures; rows hold runs (N, 80, 68, 2) from the faces (N, 68, 2), `people` among them."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = np.linspace(0, len(faces) - 1, 6).astype(int)
    basis = FaceBasis.load()
    motion_maps(rows, faces, chosen, folder / "suhmo-motion-maps.png")
    trajectories(rows, faces, chosen[:4], basis, folder / "suhmo-trajectories.png")
    spectra(rows, basis, folder / "suhmo-spectra.png")
    quantiles(rows, faces, folder / "suhmo-quantiles.png")
