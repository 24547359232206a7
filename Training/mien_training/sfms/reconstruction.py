"""The reconstruction table: every row of the study through ``mien reconstruct``, on recordings kept out of training.

    python -m mien_training.sfms.reconstruction [--part test] [--json FILE] [--rows ROW ...]

Windows are those of held-out conversations (all 58 channels, lifted from held-out takes), of real heads and of real faces.
Errors are in units of a channel's variance in training; bits a second count log2 C(T, k) a mask.

By a data line of ``study.yaml`` that names a published set windows are those of its own part's conversations alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch

from .. import export as weights
from ..data.channels import CHANNELS
from ..run import checkpoint, program
from ..run.errors import in_a_line
from .config import BINARY, MODELS, load
from .dataset import RECORDINGS, Talk, part, talks
from .export import tokeniser_metadata
from .figures import introduction
from .oracle import best_keyframes, line_error
from .splits import part_of_take
from .study import ROWS, STUDY, folder
from .tokeniser import Tokeniser
from .trainer import OTHER_FOLDER, entries, same_settings

WINDOW = 48
KEYFRAMES = (3, 7, 10)


#: Sources of the real faces' and heads' takes.
FACES, HEADS = ("clips", "livelink"), ("signs",)


def cut(values: np.ndarray, most: int = 31) -> np.ndarray:
    """Whole windows of a take, of long ones the first."""
    return values[: min(len(values) // WINDOW, most) * WINDOW]


def takes_of(name: str, sources: tuple[str, ...]) -> list[tuple[str, np.ndarray]]:
    """The real takes of some sources in a part of the split, by name, cut to whole windows."""
    _, real = talks()
    return [(r.name, cut(r.values)) for r in real if r.source in sources and part_of_take(r.name) == name]


def held_out(name: str, data: str = RECORDINGS) -> dict[str, tuple[np.ndarray, list[int]]]:
    """Frames (N · 48, 58) by kind of recording, whole windows of each, and the channels that were recorded; of a published set
    there are conversations alone."""
    conversations, _ = part(name, data)
    chosen: dict[str, Talk] = {}
    for talk in conversations:
        chosen.setdefault(talk.pair, talk)
    found = {"conversations": (np.concatenate([cut(f) for t in chosen.values() for f in t.face]), list(range(58)))}
    if data != RECORDINGS:
        return found
    for kind, sources, channels in (("heads", HEADS, range(52, 58)), ("faces", FACES, range(52))):
        takes = [values for _, values in takes_of(name, sources)]
        if sum(map(len, takes)):
            found[kind] = (np.concatenate(takes), list(channels))
    return found


def write_track(path: Path, frames: np.ndarray, channels: list[int]) -> None:
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["time_s"] + [CHANNELS[c] for c in channels])
        for number, frame in enumerate(frames[:, channels]):
            out.writerow([f"{number / 25:.2f}"] + [f"{value:.6g}" for value in frame])


def trained(row: str) -> Tokeniser | None:
    """A row's tokeniser, as far as it is trained."""
    state = checkpoint.load(folder() / f"{row}.pt")
    if state is None:
        return None
    config = load(STUDY, tokeniser=ROWS[row])
    if "config" in state:
        same_settings(folder() / f"{row}.pt", state, entries(config, "tokeniser"), OTHER_FOLDER)
    config.tokeniser.levels = state["levels"]
    model = Tokeniser(config.tokeniser, config.window)
    keep = model.state_dict().keys()
    model.load_state_dict({key: value for key, value in state["model"].items() if key in keep})
    model.config, model.reached = config, state.get("reached", state["step"])
    return model.eval().requires_grad_(False)


def write_row(path: Path, model: Tokeniser, half: bool = False) -> None:
    """The row's weights as the binary reads them."""
    metadata = tokeniser_metadata(model.config, model) | {"mien.kind": "sfms-keyframes"}
    weights.write_weights(path, model.state_dict(), metadata, half=half)


def measure(binary: str, weights_file: Path, tracks: dict[str, Path], k: int, placement: str) -> dict:
    """What the binary says of each kind of recording."""
    found = {}
    for kind, path in tracks.items():
        command = [binary, "reconstruct", str(path), "--json", "--tokeniser", str(weights_file), "--k", str(k)]
        found[kind] = json.loads(program.output([*command, "--placement", placement]))
    return found


def oracle(model: Tokeniser, sets: dict[str, tuple[np.ndarray, list[int]]], k: int) -> dict[str, float]:
    """Exact keyframes and straight lines between unrounded frames: what the structure alone loses."""
    found = {}
    for kind, (frames, channels) in sets.items():
        x = model.standardise(torch.from_numpy(frames)).view(-1, WINDOW, 58)
        total, count = 0.0, 0
        for group in model.groups:
            own = [c for c in group if c in channels]
            if own:
                mask = best_keyframes(x[..., own], k)[-1]
                total += float(line_error(x[..., own], mask).sum())
                count += len(own)
        found[kind] = total / count / WINDOW / len(x)
    return found


def equal_bits(model: Tokeniser, k: int) -> int:
    """The number of evenly spaced keyframes that cost about what k placed ones do, not less."""
    per_key = sum(math.log2(c) for c in model.codes)
    places = len(model.groups) * math.log2(math.comb(WINDOW, k))
    return min(math.ceil(k + places / per_key - 1e-9), WINDOW)


NAMES = {
    "fine": "five groups, fine codes", "channel": "a group a channel, 240 codes (the paper's)",
    "small": "five groups, 240 codes", "vq": "five groups, VQ of 256", "large": "five groups, 1,000 codes",
    "one": "one group, fine codes", "four": "four groups, fine codes",
    "two": "five groups, 2 codes", "quad": "five groups, 4 codes", "six": "five groups, 6 codes",
    "coarsest": "five groups, steps of 2.65", "coarser": "five groups, steps of 1.88", "coarse": "five groups, steps of 1.37",
}  # fmt: skip
PLACEMENTS = {
    "exact": "dynamic", "coded": "dynamic, by what codes keep", "static": "static", "dense": "every frame", "top-k": "learned, relaxed top-k",
    "path": "learned scores and line error", "oracle": "oracle: exact keyframes, straight lines, no codes",
    "untaught": "learned, relaxed top-k, untaught, Gumbel noise", "together": "learned, relaxed top-k, one rate from the start",
    "ten": "dynamic, trained with k = 10 alone",
}  # fmt: skip
#: Rows that leave something out of a training, by what ``PLACEMENTS`` calls them: the table of errors alone has them.
WITHOUT = {"fine-untaught": "untaught", "fine-together": "together", "fine-ten": "ten"}
#: Keyframes that are placed by the motion, and the rows of the same codes that are not.
DYNAMIC = ("exact", "coded")
KINDS = ("conversations", "heads", "faces")
#: The most of static keyframes' error that dynamic ones of as many keyframes may have.
HALF = 0.5


def kinds(lines: list[dict]) -> list[str]:
    """The kinds of recordings that a table is of."""
    return [kind for kind in KINDS if all(kind in line for line in lines)]


def on_all(lines: list[dict]) -> str:
    """Where something holds that holds on all of them, in words."""
    return f"all {['', 'two', 'three'][len(own) - 1]} kinds of recordings" if len(own := kinds(lines)) > 1 else own[0]


def counterpart(row: str) -> str:
    """The row of the same codes with evenly spaced keyframes."""
    return row.partition("-")[0] + "-static"


def rows_of(
    binary: str, name: str, model: Tokeniser, place: Path, sets: dict, tracks: dict[str, Path], partner: Tokeniser | None
) -> list[dict]:
    """The lines of one row of the study."""
    write_row(place / "row.safetensors", model)
    placement = model.config.tokeniser.placement
    ks = [WINDOW] if placement == "dense" else list(KEYFRAMES)
    if placement == "static" and partner is not None:
        ks += [k for k in sorted({equal_bits(partner, k) for k in KEYFRAMES}) if k not in ks]
    lines = []
    for k in ks:
        found = measure(binary, place / "row.safetensors", tracks, k, placement)
        one = found["conversations"]
        lines.append({
            "row": name, "k": k, "placement": WITHOUT.get(name, placement), "steps": model.reached,
            "bits_per_second": one["bits_per_second"], "mask_bits_per_second": one["mask_bits_per_second"],
            **{kind: answer["error"] for kind, answer in found.items()}, "quantiles": one["quantiles"],
        })  # fmt: skip
        if placement == "exact" and name not in WITHOUT:
            lines.append({
                "row": name.replace("dynamic", "oracle"), "k": k, "placement": "oracle", **oracle(model, sets, k),
            })  # fmt: skip
        print(lines[-1], file=sys.stderr, flush=True)
    return lines


def rivals(line: dict, lines: list[dict]) -> list[dict]:
    """What dynamic keyframes are held beside at no fewer bits: the static row of the same codes that costs least above
    them, and the dense rows that cost more."""
    dearer = [other for other in lines if other.get("bits_per_second", 0) >= line["bits_per_second"]]
    still = [other for other in dearer if other["row"] == counterpart(line["row"])]
    return sorted(still, key=lambda o: o["bits_per_second"])[:1] + [o for o in dearer if o["placement"] == "dense"]


def nearest_rivals(line: dict, lines: list[dict]) -> list[dict]:
    """Of static and of dense ``rivals`` the cheapest one."""
    found: dict[str, dict] = {}
    for other in sorted(rivals(line, lines), key=lambda o: o["bits_per_second"]):
        found.setdefault(other["placement"], other)
    return [found[placement] for placement in ("static", "dense") if placement in found]


def tokens(line: dict) -> str:
    """What a line's tokens are, as the tables of shares say it."""
    return NAMES[line["row"].partition("-")[0]] + (", placed by what they keep" if line["placement"] == "coded" else "")


def share(value: float, *limits: float) -> str:
    """A share in two digits, in more where two would not say on which side of a limit it is."""
    texts = (f"{value:.{digits}f}" for digits in (2, 3, 4, 5))
    return next((text for text in texts if float(text) not in limits), f"{value:.2f}")


def told(shares: list[float], *limits: float) -> str:
    """Shares with the kinds of recordings that they are of."""
    return ", ".join(f"{kind} {share(value, *limits)}" for kind, value in zip(KINDS, shares))


def at_equal_k(lines: list[dict]) -> list[tuple[dict, list[float]]]:
    """Lines of dynamic keyframes and their errors as shares of static ones' of the same codes and k."""
    by = by_row(lines)
    both = [(line, by.get((counterpart(line["row"]), line["k"]))) for line in lines if line["placement"] in DYNAMIC]
    return [(line, [line[kind] / still[kind] for kind in kinds(lines)]) for line, still in both if still is not None]


def equal_k_verdict(lines: list[dict]) -> list[str]:
    """Where dynamic keyframes have at most half of static ones' error at equal k, and where they have not, as Markdown."""
    found = at_equal_k(lines)
    holds: dict[str, list[str]] = {}
    for line, shares in found:
        holds.setdefault(tokens(line), []).extend([str(line["k"])] if max(shares) <= HALF else [])
    count = sum(map(len, holds.values()))
    out = [f"Asked is at most half of static ones' error ({HALF}). On {on_all(lines)} it holds in {count} of {len(found)} rows:", ""]
    out += [f"- {name}: k = {', '.join(ks)}" for name, ks in holds.items() if ks]
    if count < len(found):
        out += ["", "It does not hold in:", ""]
    for line, shares in found:
        if max(shares) > HALF:
            over = [kind for kind, value in zip(KINDS, shares) if value > HALF]
            where = "on any of them" if len(over) == len(shares) > 1 else "on " + " and ".join(over)
            out.append(f"- {tokens(line)}, k = {line['k']}, not {where}: {told(shares, HALF, 1)}")
    return out


def beside_nothing(lines: list[dict], placement: str) -> list[dict]:
    """Lines of dynamic keyframes that no static (or dense) row is as dear as."""
    dynamic = (line for line in lines if line["placement"] in DYNAMIC)
    return [line for line in dynamic if all(other["placement"] != placement for other in rivals(line, lines))]


def by_tokens(lines: list[dict]) -> str:
    """Lines of dynamic keyframes by name, with their k and bits."""
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(tokens(line), []).append(f"k = {line['k']} ({line['bits_per_second']:.0f} bits/s)")
    return "; ".join(f"{name}, {' and '.join(where)}" for name, where in found.items())


def dense_verdict(lines: list[dict]) -> list[str]:
    """Whether dense tokens get better with more bits, and how often the ones that do not are the cheapest, as Markdown."""
    dense = sorted((line for line in lines if line["placement"] == "dense"), key=lambda line: line["bits_per_second"])
    pairs = [one for line in lines if line["placement"] in DYNAMIC for one in nearest_rivals(line, lines) if one["placement"] == "dense"]
    out = ["What more bits bring dense tokens, each row beside the next cheaper one, and how many of the comparisons above are with it:", ""]
    out += ["| every frame | bits/s | error falls on | it does not on | comparisons |", "|---" * 5 + "|"]
    for before, line in zip([None, *dense], dense):
        falls = [kind for kind in kinds(lines) if before and line[kind] < before[kind]]
        rises = [kind for kind in kinds(lines) if before and line[kind] >= before[kind]]
        cells = [tokens(line), f"{line['bits_per_second']:.0f}", ", ".join(falls), ", ".join(rises)]
        out.append("| " + " | ".join([*cells, str(sum(one is line for one in pairs))]) + " |")
    return [*out, "", "A dense row that more bits do not help is weak for what it costs: to be ahead of it says less."]


def verdict(lines: list[dict]) -> list[str]:
    """Where dynamic keyframes are ahead of what costs about as much, and where they are not, as Markdown: of static and of
    dense rows the cheapest that is not cheaper counts."""
    ahead, behind = [], []
    for line in (x for x in lines if x["placement"] in DYNAMIC):
        for other in nearest_rivals(line, lines):
            shares = [line[kind] / other[kind] for kind in kinds(lines)]
            name = f"{tokens(line)}, k = {line['k']}, {line['bits_per_second']:.0f} bits/s beside "
            name += "static ones" if other["placement"] == "static" else f"{tokens(other)}, every frame"
            name += f" at {other['bits_per_second']:.0f}"
            (ahead if max(shares) < 1 else behind).append((other["placement"], name, shares))
    every = [*ahead, *behind]
    counts = [f"{sum(one[0] == kind for one in ahead)} of {sum(one[0] == kind for one in every)} with {kind} ones" for kind in ("static", "dense")]
    out = [f"At equal bits, beside the cheapest static and the cheapest dense tokens that are not cheaper, dynamic keyframes lose "
           f"less on {on_all(lines)} in {len(ahead)} of {len(every)} comparisons: {' and '.join(counts)}."]
    if behind:
        out += ["", "They do not in:", "", *(f"- {name}: {told(shares, 1)}" for _, name, shares in behind)]
    dynamic = sum(line["placement"] in DYNAMIC for line in lines)
    for kind in ("static", "dense"):
        if alone := beside_nothing(lines, kind):
            most = max((line["bits_per_second"] for line in lines if line["placement"] == kind), default=0)
            dearest = f" (the dearest has {most:.0f} bits/s)" if kind == "dense" else ""
            out += ["", f"No {kind} row costs as much{dearest} as {len(alone)} of the {dynamic} dynamic ones, which are compared "
                    f"with {'static' if kind == 'dense' else 'dense'} ones alone: {by_tokens(alone)}."]
    return out


def equal_bits_table(lines: list[dict]) -> list[str]:
    """Dynamic keyframes as a share of what is paid at least as many bits."""
    out = ["", "Error of dynamic keyframes as a share of what costs at least as many bits (below 1: dynamic is ahead):", ""]
    out += ["| dynamic tokens | k of 48 | bits/s | beside | its bits/s | " + " | ".join(kinds(lines)) + " |", "|---" * (5 + len(kinds(lines))) + "|"]
    for line in lines:
        if line["placement"] not in DYNAMIC:
            continue
        for other in rivals(line, lines):
            name = f"static, k = {other['k']}" if other["placement"] == "static" else NAMES[other["row"].partition("-")[0]]
            name += ", every frame" if other["placement"] == "dense" else ""
            cells = [tokens(line), str(line["k"]), f"{line['bits_per_second']:.0f}", name]
            cells += [f"{other['bits_per_second']:.0f}"] + [share(line[kind] / other[kind], 1) for kind in kinds(lines)]
            out.append("| " + " | ".join(cells) + " |")
    out += ["", *verdict(lines), "", *dense_verdict(lines)]
    return out


def by_row(lines: list[dict]) -> dict[tuple[str, int], dict]:
    """The table's lines by row and k."""
    return {(line["row"], line["k"]): line for line in lines}


def reached(lines: list[dict]) -> str:
    """How long the rows were trained, in a sentence."""
    steps = {line["row"]: line["steps"] for line in lines if "steps" in line}
    most = max(steps.values())
    fewer = ", ".join(f"{row} {count}" for row, count in steps.items() if count < most)
    return f"Every row was trained for {most} steps" + (f", but for {fewer}." if fewer else ".")


def page(lines: list[dict], data: str = RECORDINGS) -> str:
    """The tables of held-out windows of some data as Markdown."""
    own, words = kinds(lines), introduction(__doc__)
    if data != RECORDINGS:
        words = f"Every row of the study through `mien reconstruct`, on conversations of {data} kept out of training. " + words[words.index("Errors are") :]
    number = lambda line, key: f"{line[key]:.4f}" if key in line else ""  # noqa: E731
    out = ["# Reconstruction", "", f"{words} {reached(lines)}", ""]
    out += ["| tokens | keyframes | k of 48 | bits/s | of which mask | " + " | ".join(own) + " |", "|---" * (5 + len(own)) + "|"]
    for line in lines:
        bits = [f"{line[key]:.0f}" if key in line else "" for key in ("bits_per_second", "mask_bits_per_second")]
        cells = [NAMES[line["row"].partition("-")[0]], PLACEMENTS[line["placement"]], str(line["k"]), *bits]
        out.append("| " + " | ".join(cells + [number(line, kind) for kind in own]) + " |")
    out += ["", "Error of dynamic keyframes as a share of static ones', at equal k:", ""]
    out += ["| tokens | k of 48 | " + " | ".join(own) + " |", "|---" * (2 + len(own)) + "|"]
    for line, shares in at_equal_k(lines):
        out.append(f"| {tokens(line)} | {line['k']} | " + " | ".join(share(value, HALF, 1) for value in shares) + " |")
    out += ["", *equal_k_verdict(lines), *equal_bits_table(lines)]
    out += ["", "A frame's error by quantile, conversations:", ""]
    out += ["| tokens | keyframes | k of 48 | 50 % | 75 % | 90 % | 95 % | 99 % | most |", "|---" * 9 + "|"]
    for line in lines:
        if "quantiles" in line:
            cells = [NAMES[line["row"].partition("-")[0]], PLACEMENTS[line["placement"]], str(line["k"])]
            cells += [f"{line['quantiles'][q]:.4f}" for q in ("50", "75", "90", "95", "99", "100")]
            out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--part", default="test", choices=["development", "test"])
    parser.add_argument("--ship", metavar="ROW", help="write a row's weights to Models/sfms-keyframes.safetensors instead")
    parser.add_argument("--rows", nargs="*", default=list(ROWS))
    parser.add_argument("--json", type=Path, help="written; rows that are not trained here stay as they are in it")
    arguments = parser.parse_args()
    if arguments.ship:
        write_row(MODELS / "sfms-keyframes.safetensors", trained(arguments.ship), half=True)
        return
    with in_a_line():
        data = load(STUDY).data
        sets = held_out(arguments.part, data)
    before = json.loads(arguments.json.read_text()) if arguments.json and arguments.json.exists() else []
    table = []
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        tracks = {kind: place / f"{kind}.csv" for kind in sets}
        for kind, (frames, channels) in sets.items():
            write_track(tracks[kind], frames, channels)
        for row in ROWS:
            names = (row, row.replace("dynamic", "oracle"))
            if row in arguments.rows and (model := trained(row)) is not None:
                partner = trained(row.replace("static", "dynamic"))
                table += rows_of(arguments.binary, row, model, place, sets, tracks, partner)
            else:
                table += [line for line in before if line["row"] in names]
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=1) + "\n")
    if not table:
        raise SystemExit(f"{folder()}: no row of the study is trained here, expected those of mien_training.sfms.study")
    print(page(table, data))


if __name__ == "__main__":
    main()
