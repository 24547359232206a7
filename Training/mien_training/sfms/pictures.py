"""The pictures beside the tables: ``python -m mien_training.sfms.pictures [--config FILE] [--output FOLDER]``.

Keyframes on a real track and the errors of frames by quantile (from ``mien reconstruct``); smiles over time, and how quickly
each part of the face moves, beside real partners' (from ``mien generate listener``); all of recordings kept out of training. Of a listener that was trained on a published set there are the last two, of its own part test.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import matplotlib
import numpy as np

from ..data.channels import INDEX
from ..metrics.spectra import spectrum
from ..run import program
from ..run.errors import in_a_line
from .channels import SMILE
from .config import BINARY, MODELS
from .dataset import RECORDINGS, part
from .export import weights_of
from .figures import RATE
from .judge import read_face
from .listening import answers
from .reconstruction import FACES, NAMES, PLACEMENTS, WINDOW, held_out, takes_of, write_track
from .rows import ROTATION
from .talk import Talk, faces

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

#: ``listening.answers`` of one listener.
Answer = Callable[..., list[np.ndarray]]
SHOWN = {"jawOpen": 0, "browInnerUp": 0, "mouthSmileLeft": 0}


#: Windows that the picture of keyframes shows, and keyframes of each.
SHOWN_WINDOWS, SHOWN_KEYFRAMES = 4, 7


def shown_takes(frames: int) -> list[str]:
    """The takes that the first frames of the held-out faces are of."""
    found = []
    for name, own in takes_of("test", FACES):
        if frames <= 0:
            break
        found.append(name)
        frames -= len(own)
    return found


def keyframes(binary: str, tokeniser: Path, path: Path) -> None:
    """Three channels of a real face with their keyframes, placed and evenly spaced, and what comes back; windows are told apart
    by lines, for each has keyframes of its own."""
    count, k = SHOWN_WINDOWS * WINDOW, SHOWN_KEYFRAMES
    frames = held_out("test")["faces"][0][:count]
    with tempfile.TemporaryDirectory() as name:
        track, back = Path(name) / "track.csv", Path(name) / "back.csv"
        write_track(track, frames, list(range(58)))
        figure, axes = plt.subplots(len(SHOWN), 2, figsize=(11, 6.5), sharex=True, sharey="row", layout="constrained")
        for column, (title, placement) in enumerate((("placed", "exact"), ("evenly spaced", "static"))):
            command = [binary, "reconstruct", str(track), "--json", "--k", str(k), "--placement", placement]
            said = json.loads(program.output([*command, "--tokeniser", str(tokeniser), "--out", str(back)]))
            made = read_face(back)
            keys = {g["name"]: g["keyframes"] for g in said["groups"]}
            for line, channel in enumerate(SHOWN):
                axis, time = axes[line, column], np.arange(len(frames)) / RATE
                group = "brow_eye" if channel.startswith("brow") else "smile" if "Smile" in channel else "mouth_jaw"
                axis.plot(time, frames[:, INDEX[channel]], color="0.6", label="recorded")
                axis.plot(time, made[:, INDEX[channel]], color="tab:blue", linewidth=1, label="came back")
                places = np.array(keys[group], int)
                axis.plot(places / RATE, made[places, INDEX[channel]], ".", color="tab:red", label="keyframes of its group")
                for border in range(WINDOW, count, WINDOW):
                    first = border == WINDOW
                    axis.axvline((border - 0.5) / RATE, color="0.3", linewidth=0.8, linestyle=":", label="a new window" if first else None)
                axis.set_ylabel(f"{channel}, 0 to 1")
            axes[0, column].set_title(
                f"{k} keyframes in each window of {WINDOW} frames, {title}:\nsquared error {said['error']:.3f} of a channel's variance, mean of 58",
                fontsize="medium",
            )
            axes[-1, column].set_xlabel("s")
        figure.suptitle(f"{SHOWN_WINDOWS} windows of {' and '.join(shown_takes(count))}, kept out of training", fontsize="medium")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize="small")
        figure.savefig(path, dpi=100)
        plt.close(figure)


#: How a line of each placement is drawn.
STYLES = {
    "exact": ("tab:blue", "-"), "coded": ("tab:green", "-"), "static": ("tab:orange", "--"), "dense": ("0.4", ":"),
    "top-k": ("tab:purple", "-."), "path": ("tab:brown", "-."),
}  # fmt: skip


def quantiles(table: Path, path: Path) -> None:
    """The errors of frames by quantile: a panel for each kind of tokens at k = 7, and one for those of every frame."""
    if not table.exists():
        raise SystemExit(f"{table} is not there, expected the table of mien_training.sfms.reconstruction (make evaluate)")
    found = [line for line in json.loads(table.read_text()) if "quantiles" in line]
    panels: dict[str, list[tuple[str, tuple, dict]]] = {}
    for line in found:
        kind = line["row"].partition("-")[0]
        if line["k"] == 7 and line["placement"] in STYLES:
            panels.setdefault(NAMES[kind], []).append((PLACEMENTS[line["placement"]], STYLES[line["placement"]], line))
    dense = [line for line in found if line["placement"] == "dense"]
    for number, line in enumerate(sorted(dense, key=lambda x: x["bits_per_second"])):
        name = NAMES[line["row"].partition("-")[0]].removeprefix("five groups, ")
        panels.setdefault("five groups, every frame", []).append((name, (f"C{number}", ":"), line))
    columns = 3
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(4 * columns, 3 * rows), sharex=True, sharey=True, layout="constrained", squeeze=False
    )
    values = [value for line in found for value in line["quantiles"].values()]
    for axis, (title, lines) in zip(axes.flat, panels.items()):
        for name, (color, style), line in lines:
            percent = sorted(int(p) for p in line["quantiles"])
            label = f"{name}, {line['bits_per_second']:.0f} bits/s"
            axis.plot(percent, [line["quantiles"][str(p)] for p in percent], style, color=color, marker=".", label=label)
        axis.set_title(title if title.endswith("every frame") else f"{title}, k = 7", fontsize="medium")
        axis.set_yscale("log")
        axis.set_ylim(min(values) / 4, 6 * max(values))  # room for the legends beside the lines
        axis.tick_params(labelbottom=True)
        # The last panel has many lines, and room beside it.
        beside = {"loc": "upper left", "bbox_to_anchor": (1.02, 1)} if title.endswith("every frame") else {"loc": "upper left"}
        axis.legend(fontsize="x-small", **beside).set_in_layout("bbox_to_anchor" not in beside)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    figure.supxlabel("percent of frames")
    figure.supylabel("squared error of a frame, in a channel's variance")
    figure.suptitle("Errors of the frames of held-out conversations: so many percent of them lose no more", fontsize="medium")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def direction(talks: list[Talk], number: int) -> str:
    """Which conversation, and who of the two speaks, a row of ``listening.faces`` is."""
    talk, side = talks[number // 2], "ab"[number % 2]
    if talk.pair == talk.name:
        return f"conversation {talk.name}, {side} as the speaker"
    return f"pair {talk.pair}, conversation {talk.name}, {side} as the speaker"


def smiles(answer: Answer, talks: list[Talk], path: Path) -> None:
    """A minute of three held-out conversations, by name, or what there is of it: the speaker, the real partner, the listener."""
    speakers, known, real = faces(talks)
    chosen = list(range(0, len(speakers), max(len(speakers) // 3, 1)))[:3]
    made = answer(talks, speakers, 1, chosen)[0]
    figure, axes = plt.subplots(len(chosen), 1, figsize=(11, 6), sharex=True, sharey=True, layout="constrained", squeeze=False)
    first = min(1500, max(made.shape[1] - 1500, 0))
    span = slice(first, min(first + 1500, made.shape[1]))
    for axis, number, own in zip(axes.flat, chosen, made):
        time = np.arange(span.start, span.stop) / 25
        axis.plot(time, known[number, span][:, SMILE[0]], color="0.7", label="speaker")
        axis.plot(time, real[number, span][:, SMILE[0]], color="tab:green", label="real partner")
        axis.plot(time, own[span][:, SMILE].mean(-1), color="tab:blue", label="SFMS")
        axis.set_ylabel("smile, 0 to 1")
        axis.set_title(direction(talks, number), fontsize="medium")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize="small")
    axes[-1, 0].set_xlabel("s")
    figure.savefig(path, dpi=100)
    plt.close(figure)


#: Channels of the panels of velocity spectra.
PARTS = {
    "smile and cheek": [INDEX[name] for name in ("mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight")],
    "brows": [n for name, n in INDEX.items() if name.startswith("brow")],
    "eyes": [n for name, n in INDEX.items() if name.startswith("eye")],
    "mouth and jaw": [n for name, n in INDEX.items() if name.startswith(("mouth", "jaw")) and "Smile" not in name],
    "nose and cheeks' puff": [INDEX[name] for name in ("noseSneerLeft", "noseSneerRight", "cheekPuff")],
    "head's rotation": ROTATION,
}


def velocities(answer: Answer, talks: list[Talk], path: Path) -> None:
    """Power spectra of the velocities of each part, mean over its channels and all held-out conversations."""
    speakers, _, real = faces(talks)
    made = answer(talks, speakers, 1)[0]
    figure, axes = plt.subplots(2, 3, figsize=(11, 6), sharex=True, layout="constrained")
    for axis, (title, own) in zip(axes.flat, PARTS.items()):
        for motion, color, name in ((real, "tab:green", "real partners"), (made, "tab:blue", "SFMS")):
            frequency, power = spectrum(list(motion[..., own]), RATE, segment=min(256, made.shape[1] - 1))
            rms = np.sqrt((np.diff(motion[..., own], axis=1) ** 2).mean()) * RATE
            unit = "rad/s" if own is ROTATION else "1/s"
            axis.loglog(frequency[1:], power.mean(1)[1:], color=color, label=f"{name}, rms {rms:.2f} {unit}")
        axis.set_title(f"{title}, ({unit})²/Hz", fontsize="medium")
        axis.tick_params(labelbottom=True)
        axis.legend(fontsize="x-small", loc="lower left")
    figure.supxlabel("Hz")
    figure.supylabel("power of the velocity, in the panel's unit")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", help="of the listener's training, where it is another than sfms.yaml; its data line names the set")
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--output", type=Path, help="(default: evaluation beside the weights)")
    parser.add_argument("--only", choices=["keyframes", "quantiles", "smiles", "velocities"])
    arguments = parser.parse_args()
    with in_a_line():
        config, models = weights_of(arguments.config)
        if config.data != RECORDINGS and arguments.only in ("keyframes", "quantiles"):
            raise ValueError(f"--only {arguments.only}: of takes of {RECORDINGS}, the configuration says {config.data}; of that set there are smiles and velocities")
        talks = part("test", config.data, config.predictor.audio.kind, config.window)[0]
        folder = arguments.output or models / "evaluation"
        folder.mkdir(parents=True, exist_ok=True)
    binary = str(Path(arguments.binary).resolve())
    if arguments.only in (None, "keyframes") and config.data == RECORDINGS:
        keyframes(binary, MODELS / "sfms-keyframes.safetensors", folder / "sfms-keyframes.png")
    if arguments.only in (None, "quantiles") and config.data == RECORDINGS:
        quantiles(folder / "sfms-reconstruction.json", folder / "sfms-quantiles.png")
    answer = partial(answers, binary, config, models)
    if arguments.only in (None, "smiles"):
        smiles(answer, talks, folder / "sfms-smiles.png")
    if arguments.only in (None, "velocities"):
        velocities(answer, talks, folder / "sfms-velocities.png")


if __name__ == "__main__":
    main()
