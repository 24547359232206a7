"""Writes the cards of the three weight files from the tables in ``Models/evaluation``: ``python -m mien_training.sfms.cards``.

Shapes come from the weight files, settings from the configuration, figures from the tables. Every card has the same headings,
SUHMo's too (``mien_training.suhmo.card``): architecture, data, what is lifted, licences, figures, limits, again.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path

from safetensors import safe_open

from ..run.errors import in_a_line
from ..split import pairs
from . import predictor_study, seeds, temperatures
from .calibrate import TRIED as CHOICES
from .calibrate import Choice, winner
from .channels import BODY_FEATURES, EXPRESSION_FEATURES, GROUP_NAMES, GROUPS, LISTENER_EXTRAS
from .config import MODELS, load
from .dataset import RECORDINGS
from .export import PREDICTOR, TOKENISER, TRIED, load_shipped, weights_of
from .fold import FOLDS
from .followed import FILE as FOLLOWED
from .listening_page import COLUMNS, LEFT, NAMES, definitions, nearest, title, verdict
from .reconstruction import DYNAMIC, HALF, KEYFRAMES, KINDS, WINDOW, at_equal_k, beside_nothing, by_row, nearest_rivals, reached
from .rows import BORROWED, LEARNT, NOISE, REAL
from .splits import pairs_of

ROUND = ("si", "si_pooled", "rpcc", "r_smooth", "lag_s", "mean_smile", "speed", "quick")


def test_pairs() -> list[str]:
    return pairs("test")


SOURCES = """| set | used for | licence |
|---|---|---|
| daoramey/nonverbal-dynamics-VC-resolution (48 video calls of 16 pairs) | smile, cheek, motion energy, gaze of both partners | MIT |
| UCI Grammatical Facial Expressions (Kinect, 2 signers) | head rotation and translation | CC BY 4.0 |
| pollen-robotics/reachy2_emotions (puppeteered head moves) | head rotation | Apache-2.0 |
| LivePortrait samples, GRID, intel-iot-devkit sample-videos (31 clips) | eyes, brows, mouth, head | MIT, CC BY 4.0, CC BY 4.0 |
| alexdjulin/LiveLinkFace-CSV-Retarget (2 takes) | eyes, brows, mouth | MIT |"""

LIFTED = """The conversations hold 4 of the 58 channels as such (both `mouthSmile` from AU12 / 5 and both `cheekSquint` from
AU06 / 5; one action unit moves both sides). The other 54 (93 %) are lifted, in three quarters of the training windows:
head pose from real head motion whose speed rank follows the person's own motion energy rank, eyes, brows, jaw and the
rest of the mouth from real faces chosen the same way, joints cross-faded over half a second, acted takes scaled by 0.4
to 0.7 (blinks by 1). The remaining quarter are the real tracks themselves, with the parts they lack at 0. So the model
has learned when a listener smiles, and how heads, eyes and brows move, but not when a listener would nod, blink or
raise a brow."""


LICENCES = """Weights: Apache-2.0. The sets' licences are in the table above."""


def facts(path: Path) -> tuple[dict[str, str], dict[str, list[int]]]:
    """What a weight file says of itself, and the shapes of its tensors."""
    with safe_open(path, "pt") as file:
        return file.metadata(), {name: file.get_slice(name).get_shape() for name in file.keys()}


def tokeniser_architecture(path: Path) -> str:
    """The layers of a tokeniser's file, as Markdown."""
    own, shapes = facts(path)
    levels, groups = json.loads(own["levels"]), json.loads(own["groups"])
    _, keys, transitions, decoder = json.loads(own["layers"])
    bits = [sum(math.log2(level) for level in one) for one in levels]
    out = [
        f"A window of {own['window']} frames goes through these; keyframes are placed without weights (`placement: {own['placement']}`).", "",
        "| part | what it does | layers |", "|---|---|---|",
        f"| quantiser, one a group | channels to a code and back: linear maps that begin as principal components, and an MLP of {shapes['quantisers.0.encode.0.weight'][0]} as correction | 1 + 2 each way |",
        f"| keyframe encoder | attends to keyframes alone | {keys} |",
        f"| transition encoder | sees where keyframes are: the masks of {own['mask_reach']} frames to each side, the distances to the last and the next | {transitions} |",
        f"| decoder | adds to the straight lines between decoded keyframes | {decoder} |", "",
        f"All three are stacks of Transformer encoder layers (norm first, GELU), {own['dim']} wide, {own['heads']} heads, feed-forward {own['ff']}, with sinusoidal",
        f"positions; {sum(math.prod(shape) for shape in shapes.values()) / 1e6:.2f} M numbers in the file. Codes are finite scalar quantisation (FSQ):", "",
        "| group | channels | numbers a code | bits |", "|---|---|---|---|",
    ]  # fmt: skip
    for name, channels, one, size in zip(json.loads(own["group_names"]), groups, levels, bits):
        out.append(f"| {name} | {len(channels)} | {len(one)}, of {min(one)} to {max(one)} levels | {size:.1f} |")
    return "\n".join([*out, f"| all | {sum(map(len, groups))} | | {sum(bits):.1f} |"])


def predictor_architecture(path: Path) -> str:
    """The layers of a predictor's file, as Markdown."""
    own, shapes = facts(path)
    speaker, listener, fusion, decoder = json.loads(own["layers"])
    extras = len(LISTENER_EXTRAS)
    return "\n".join([
        "| part | reads | layers |", "|---|---|---|",
        f"| speaker's encoder | two streams, expression ({len(EXPRESSION_FEATURES)} features) and body ({len(BODY_FEATURES)}); a layer is self-attention in each, then gated cross-attention both ways | {speaker} |",
        f"| listener's encoder | its own {shapes['motion_front.weight'][1] // int(own['patch']) - extras} channels, {extras} running means and tokens | {listener} |",
        f"| fusion | both, one after the other along time | {fusion} |",
        f"| decoder | the fused history and the rows before; puts out {own['hop']} rows of {own['groups']} groups, each no keyframe or one of {own['codes']} codes | {decoder} |", "",
        f"All are Transformer layers (norm first, GELU), {own['dim']} wide, {own['heads']} heads, feed-forward {own['ff']}; a history token covers {own['patch']} of the {own['past']} frames.",
        "Beside them: a linear response to the speaker's smile, which tilts the smile group's logits, and a calibration of what is shown.",
    ])  # fmt: skip


def lines_of(folder: Path) -> list[dict]:
    return json.loads((folder / "sfms-reconstruction.json").read_text())


def shares(lines: list[dict], row: str) -> str:
    """The dynamic error of a row as a share of the static one, for the card's text."""
    by = by_row(lines)
    cells = []
    for k in (3, 7, 10):
        moved, still = by[f"{row}-dynamic", k], by[f"{row}-static", k]
        cells.append(
            f"| {k} | {moved['bits_per_second']:.0f} | {still['bits_per_second']:.0f} | "
            + " | ".join(f"{moved[kind]:.4f} / {still[kind]:.4f} = {moved[kind] / still[kind]:.2f}" for kind in KINDS)
            + " |"
        )
    return "\n".join(cells)


def listed(ks: list[int]) -> str:
    """k = 3, 7 and 10."""
    return "k = " + " and ".join(filter(None, [", ".join(map(str, ks[:-1])), str(ks[-1])]))


def dearer(lines: list[dict], row: str) -> str:
    """How a row's keyframes stand to what costs about as much and not less, for the card's text; which k no dense row is as dear
    as is told."""
    found: dict[str, list[float]] = {"static": [], "dense": []}
    own = [line for line in lines if line["row"] == row and line["placement"] in DYNAMIC]
    for line in own:
        for other in nearest_rivals(line, lines):
            found[other["placement"]] += [line[kind] / other[kind] for kind in KINDS]
    span = lambda shares: f"{min(shares):.2f} to {max(shares):.2f}"  # noqa: E731
    alone = [line["k"] for line in beside_nothing(lines, "dense") if line["row"] == row]
    there = [line["k"] for line in own if line["k"] not in alone]
    where = f" ({listed(there)}; no dense row costs as much as {listed(alone)})" if alone else ""
    return f"{span(found['static'])} of static ones' error, and {span(found['dense'])} of dense tokens'{where}"


def at_most_half(lines: list[dict], row: str) -> str:
    """For which k a row has at most half of static keyframes' error on all recordings, for the card's text."""
    shares = {line["k"]: max(values) for line, values in at_equal_k(lines) if line["row"] == row}
    holds = [k for k, most in shares.items() if most <= HALF]
    return "at no k" if not holds else "at every k" if len(holds) == len(shares) else f"at {listed(holds)}"


def saved(lines: list[dict], kind: str) -> str:
    """What reckoning with the codes saves at equal k, as shares of the error, for the card's text."""
    by = by_row(lines)
    shares = [by[f"{kind}-coded", k][x] / by[f"{kind}-dynamic", k][x] for k in KEYFRAMES for x in KINDS]
    return f"{min(shares):.2f} to {max(shares):.2f}"


def beside(lines: list[dict], row: str, other: str) -> str:
    """A row's errors as shares of another's at each k, on conversations, for the card's text."""
    by, kind = by_row(lines), KINDS[0]
    told = [f"{by[row, k][kind] / by[other, k][kind]:.2f} at k = {k}" for k in KEYFRAMES]
    return f"{', '.join(told[:-1])} and {told[-1]}"


def coarse(lines: list[dict]) -> float:
    """What 240 codes a group lose on every frame of conversations, in units of what ten exact keyframes lose unrounded."""
    by, kind = by_row(lines), KINDS[0]
    return by["small-dense", WINDOW][kind] / by["small-oracle", KEYFRAMES[-1]][kind]


def keyframes_card(lines: list[dict]) -> str:
    return f"""# sfms-keyframes

SFMS's sparse tokeniser with fine codes, what `mien reconstruct` uses: 48 frames of 58 channels at 25 fps become k keyframes
(k = 1 to 48; trained with 3 to 14) in each of {len(GROUPS)} channel groups ({", ".join(GROUP_NAMES)}), and back. Matrices in
fp16. The listener has coarser codes of its own, which a predictor can draw ([sfms-tokeniser](sfms-tokeniser.md)).

## Architecture

{tokeniser_architecture(MODELS / "sfms-keyframes.safetensors")}

The paper's size (256 wide, 3/3/3/3 layers, feed-forward 1024) runs in Swift and was not trained.

## Data

{SOURCES}

## What is lifted

{LIFTED}

## Licences

{LICENCES}

## Figures

Through the program, on recordings that training never saw: conversations of {", ".join(test_pairs())} whose 58 channels were lifted
from held-out takes, real heads and real faces. Squared error in units of a channel's variance, dynamic / static = share:

| k | bits/s dynamic | bits/s static | conversations | heads | faces |
|---|---|---|---|---|---|
{shares(lines, "fine")}

With the paper's published setting, 240 codes a channel and keyframes of each channel's own:

| k | bits/s dynamic | bits/s static | conversations | heads | faces |
|---|---|---|---|---|---|
{shares(lines, "channel")}

At most half of static ones' error at equal k is asked, on all three kinds of recordings. Fine codes have it {at_most_half(lines, "fine-dynamic")}, 240
codes a channel {at_most_half(lines, "channel-dynamic")}; 240 codes a group, even placed for what codes keep, {at_most_half(lines, "small-coded")}, a VQ of 256, placed so, {at_most_half(lines, "vq-coded")}.

Beside the cheapest that costs at least as many bits, dynamic keyframes lose, over k = {KEYFRAMES[0]}, {KEYFRAMES[1]} and {KEYFRAMES[2]} and the kinds of recordings:

* with fine codes {dearer(lines, "fine-dynamic")};
* with 240 codes a channel {dearer(lines, "channel-dynamic")};
* with 240 codes a group, placed for what codes keep, {dearer(lines, "small-coded")};
* with a VQ of 256, placed so, {dearer(lines, "vq-coded")}.

Every other row (240 codes a group, VQ, every frame a token, one and four groups, the learned chooser), what costs at least
as many bits (static and dense) and the oracle are in [the table](evaluation/sfms-reconstruction.md), which also says how little
more bits bring the cheap dense rows; [keyframes on a real face](evaluation/sfms-keyframes.png), [errors of
frames](evaluation/sfms-quantiles.png).

## What was chosen, and what it did

* **Keyframes are placed exactly**: the k frames through which straight lines lose least, by dynamic programming on the window
  that is encoded anyway. The paper learns scores and takes the top k (relaxed, annealed, an optimiser of their own). That was
  built and trained here too (`placement: top-k`; exact keyframes as its teacher for most of the way, then the
  reconstruction alone). Scored alone, the frames beside a corner are as good as the corner, so each pick discourages its
  neighbours (a learned kernel in the relaxation); all groups share one encoder, each with a front of its own; a group's window
  is scaled to its own deviation, and the front also reads how far frames lie from lines between their neighbours. No Gumbel noise
  was drawn in its training (`noise: 0`), τ falls from 1 to 0.1 over three fifths of it. In the table it loses
  {beside(lines, "fine-top-k", "fine-static")} of what even spacing does. By itself, with Gumbel noise, nobody to teach
  it and τ from 2 to 0.4, it loses {beside(lines, "fine-untaught", "fine-static")} of that; with one rate for chooser and
  inpainter from the first step instead of two, and a frozen beginning, {beside(lines, "fine-together", "fine-top-k")} of what it
  does with them. Learned scores added to the exact search and trained through relaxed sets (`placement: path`) lose
  {beside(lines, "fine-path", "fine-dynamic")} of what the exact search alone does. So no chooser is shipped.
* **k is jittered in training**, and need not be: with k = 10 in every batch the inpainter loses {beside(lines, "fine-ten", "fine-dynamic")}
  of what it does with the jitter. It adds little to straight lines between exact keyframes, whose number it need not know.
* **Placed for what codes keep** (`placement: coded`). Where codes are coarse, the frames that the best lines go through are
  not those that codes keep best. The same search over lines between what the codes would bring back loses {saved(lines, "small")}
  of that with 240 codes a group, {saved(lines, "vq")} with a VQ of 256, {saved(lines, "fine")} with fine codes. It was
  found on development windows. Placed for unrounded frames, few coarse codes were level with evenly spaced ones.
* **Fine codes.** With 240 codes a group, every frame of a conversation kept, a tokeniser trained so loses {coarse(lines):.0f} times what ten exact
  keyframes and straight lines lose unrounded. The mask costs {mask_bits():.0f} bits a group and window at k = {KEYFRAMES[-1]} whatever the codes, so structure
  pays most where codes are fine.
* **Straight lines, corrected.** The decoder adds to straight lines between decoded keyframes; it begins at nothing.
* {reached(lines)}

## Limits

* A window is encoded as a whole, so what is live is late by {WINDOW / 25:.2f} s; windows know nothing of each other, and values may step where they meet.
* A code has ends: what goes beyond what training reached comes back as the outermost code, so the highest brows and widest
  mouths come back lower. Faces lose most: at k = 7 {by_row(lines)["fine-dynamic", 7]["faces"]:.4f}, conversations {by_row(lines)["fine-dynamic", 7]["conversations"]:.4f}; few were there to learn from.
* Straight lines lose what is quicker than their keyframes are dense, such as speech, whatever the codes: the oracle's rows say how much.
* Channels of conversations are lifted, so their errors are of real motion that was put together.

## Again

    make train-setup
    cd Training
    ../.venv/bin/python -m mien_training.sfms.study
    ../.venv/bin/python -m mien_training.sfms.reconstruction --ship fine-dynamic
    cd .. && make evaluate ARGUMENTS="--only sfms-reconstruction"

trains every row of the table (two to five minutes of a core each, the learned chooser's longer), ships `fine-dynamic` and measures all.
"""


def mask_bits() -> float:
    """What a group's mask of the most keyframes costs a window."""
    return math.log2(math.comb(WINDOW, KEYFRAMES[-1]))


def codes_alone(lines: list[dict]) -> str:
    """What 240 codes a group lose with every frame kept, beside dynamic keyframes and exact ones unrounded, for the card's text."""
    by, k = by_row(lines), KEYFRAMES[-1]
    every, placed, bare = by["small-dense", WINDOW], by["small-dynamic", k], by["small-oracle", k]
    return ", ".join(f"{kind} {every[kind]:.4f} ({k} dynamic keyframes {placed[kind]:.4f}, unrounded {bare[kind]:.4f})" for kind in KINDS)


def tokeniser_card(tokeniser, config, lines: list[dict]) -> str:
    c = config.tokeniser
    count = sum(p.numel() for p in tokeniser.parameters())
    return f"""# sfms-tokeniser

Sparse motion tokeniser of the SFMS listener: {config.window} frames of 58 channels at {config.frame_rate_hz} fps become k = {c.keyframes} keyframes in each of
{len(GROUPS)} channel groups ({", ".join(GROUP_NAMES)}), one of {tokeniser.codes[0]} codes each, and back. {count / 1e6:.2f} M weights;
matrices in fp16.

Its codes are few because the predictor draws from them; `mien reconstruct` uses fine ones ([sfms-keyframes](sfms-keyframes.md)).

## Architecture

{tokeniser_architecture(MODELS / TOKENISER)}

The paper's size (256 wide, 3/3/3/3 layers, feed-forward 1024) runs in Swift and was not trained. Departures from the paper:

* Keyframes are placed exactly, by dynamic programming on straight lines (sfms-keyframes says what learned ones did). A
  running stream places none: the predictor says where they are.
* The decoder adds its output to the straight lines between the keyframes' own decodings, which it also reads.
* A code is a rounding of the group's principal components with a small learned correction both ways.
* A fifth group holds the four channels that the conversations really measure, so that they keep their resolution.
* Quantisers are trained first, on single frames, and stay as they are; the paper trains all of it together. What the rest is trained
  for is a window's squared error as a share of what straight lines between the same keyframes leave, or a few wild windows are
  all that is learned from; the paper has the errors of motion and of quantised frames themselves.

Trained {c.quantiser_steps:,} steps of the quantisers, then {c.steps:,} steps of {c.batch} windows, k drawn from {min(c.train_keyframes)} to {max(c.train_keyframes)}, {c.anchor_share:.0%} of the windows with a
keyframe at every block's end, as a stream has.

## Data

{SOURCES}

## What is lifted

{LIFTED}

## Licences

{LICENCES}

## Figures

Not of these weights, but of the study's row with as many codes (`small-dynamic`: as wide and deep, {" × ".join(map(str, c.levels[0]))} levels in
every group), through the program, on recordings that training never saw. Squared error in units of a channel's variance,
dynamic / static = share:

| k | bits/s dynamic | bits/s static | conversations | heads | faces |
|---|---|---|---|---|---|
{shares(lines, "small")}

All rows: [the table](evaluation/sfms-reconstruction.md). `mien reconstruct TRACK --tokeniser Models/sfms-tokeniser.safetensors`
tells the error of these weights on any track. What a listener does with them is on the predictor's card: [sfms-predictor](sfms-predictor.md).

## Limits

* {tokeniser.codes[0]} codes a group are coarse. With every frame kept, and trained so, the same codes lose, in a channel's variance, on {codes_alone(lines)}:
  most of the error is the codes', not the keyframes'. Half of static ones' error is reached {at_most_half(lines, "small-dynamic")}.
* Big or rare motion comes back smaller: a code has ends, and few faces were there to learn from.
* A stream lets go of a block of {config.hop} frames at a time; a block's end is a keyframe, whether the motion has a corner there or not.

## Again

    make train-setup
    make train MODEL=sfms

trains it with the predictor, whose tokens it defines, and calibrates and exports both; alone: `cd Training && ../.venv/bin/python -m
mien_training.sfms.train_tokeniser`. The same commands on a processor of one kind give the same weights, bit for bit
([sfms-predictor](sfms-predictor.md) says more). The figures above are the study's: `mien_training.sfms.study small-dynamic small-static`.
"""


def listening_tables(found: dict, kinds: tuple[str, ...] = tuple(NAMES)) -> str:
    """The listening tables with the columns that the papers report."""
    out = []
    for kind, heading in ((kind, NAMES[kind]) for kind in kinds):
        keys = ["l2", "fd", "paired_fd", "variance", "si", "si_pooled"]
        if kind == "measured":
            keys += ["rpcc", "r_smooth", "lag_s", "mean_smile"]
        keys += ["speed", "quick"]
        out += [f"{heading}:", "", f"| listener | {' | '.join(COLUMNS[key] for key in keys)} |", "|---" * (len(keys) + 1) + "|"]
        for name, values in found[kind].items():
            out.append(f"| {name} | " + " | ".join(f"{values[key]:.{2 if key in ROUND else 4}f}" for key in keys) + " |")
        out.append("")
    return "\n".join(out)


def everyone(folds: dict) -> str:
    """What holds over all pairs, each answered by a listener that was made without it."""
    real, learnt = (folds["expression"][name] for name in (REAL[0], LEARNT))
    left, own, mimic = folds["measured"][REAL[0]], folds["measured"]["SFMS"]["fd"], folds["measured"][NOISE]["fd"]
    least, taught = (left[key] for key in LEFT)
    return "\n".join([
        *verdict(folds), "",
        "Figure by figure. Sure: the share of 1,000 draws with replacement of the pairs, and of each one's conversations, in",
        "which SFMS is nearer to the truth than its best baseline. One for all: the mean FD of the one Gaussian that is nearest to",
        "all sequences of these real partners; taught: of the one that is nearest to all training partners of the fold, measured on",
        "the same. A copy of the speaker is left out where the table holds both directions of each conversation, so that its smiles",
        "are the real ones:", "", *nearest(folds), "",
        "Most of FD is how people and sessions differ from each other, which nobody knows who does not know the person: of smile",
        f"and cheek {least:.4f} are left to the one Gaussian that is nearest to all of them, {taught:.4f} to the one that training partners",
        f"teach. Fitted mimicry has {mimic:.4f}, SFMS {own:.4f}: {100 * (mimic - own) / (mimic - taught):.0f} % of the way to what can be learnt, {100 * (mimic - own) / (mimic - least):.0f} % of that to the least. On head",
        f"rotation nothing could be learned from conversations (the truth is lifted): what training teaches has {folds['rotation'][REAL[0]]['fd_taught']:.5f},",
        f"white noise of the right size, {folds['rotation'][NOISE]['speed']:.0f} times too quick, {folds['rotation'][NOISE]['fd']:.5f}, and SFMS, which moves like a head, {folds['rotation']['SFMS']['fd']:.5f}.",
        "Nor is the truth of the 52 coefficients one that was seen: it is lifted, here",
        "from the few takes outside training, so that its sessions visit less than those which there were to learn from. The last",
        f"column tells: a training listener's real segment has SI {learnt['si']:.2f} of {real['si']:.2f} and Var {learnt['variance']:.4f} of {real['variance']:.4f} there.",
    ])


def lacking(folds: dict) -> str:
    """What is asked and does not hold over all pairs, for the card's text."""
    heads, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in verdict(folds))
    said = []
    for asked, *cells in rows:
        where = [f"{head} ({cell.partition('(')[2]}" for head, cell in zip(heads[1:], cells) if cell.startswith("does not")]
        said += [f"{asked}, of {' and '.join(where)}"] if where else []
    return "; ".join(said) or "nothing"


def pairs_of_all() -> list[str]:
    """All pairs of people, of every part."""
    return [pair for fold in FOLDS for pair in pairs_of(str(fold))["test"]]


def shipped(found: dict) -> str:
    """What the shipped weights do beside their baselines on the pairs that they never met."""
    steps = {name: int(values["steps"]) for name, values in found["measured"].items() if "steps" in values}
    trained = ", ".join(f"{name} after {count:,}" for name, count in steps.items() if not name.endswith(BORROWED))
    truth, own = (found["measured"][name]["variance"] for name in ("real partners", "SFMS"))
    taught, mimic = found["measured"]["real partners"]["fd_taught"], found["measured"][NOISE]["fd"]
    return "\n".join([
        *verdict(found), "",
        f"Three pairs are few: Var of their partners is {truth:.4f}, the listener's {own:.4f}, as it was fitted; they smile more than",
        "others, and nothing that is sensed of their speakers says so (below). What training partners teach (\"taught\" on the page of",
        f"their tables) has an FD of {taught:.4f} from them, {'more' if taught > mimic else 'no more'} than fitted mimicry's {mimic:.4f}. SFMS and the dense predictors were trained with",
        "the same code, data, blocks, batches, steps and sampling; shown is each one's checkpoint with the best smile on the",
        f"development pairs: {trained} steps. Dense predictors are shown as they draw, and, as rows of their own, with what SFMS",
        "has beside its tokens: the same response to the speaker, and a calibration of their own by the same rule.",
    ])


def over_seeds(trainings: dict[str, list[dict]]) -> str:
    """What is stated over seeds of training, of the measured channels."""
    out = []
    for name, heading in seeds.STATED.items():
        if own := trainings[name]:
            out += [f"{heading}, smile and cheek:", "", *seeds.rows(own, ("measured",)), ""]
    if not out:
        return ""
    text = """The listener was trained from three seeds, everything anew each time and in every fold; the first ships, whatever the others
measure ([all channels](evaluation/sfms-seeds.md); [what a fourth seed gave](evaluation/retrained.md)):"""
    return "\n".join([text, "", *out]).rstrip()


def named(key: str, value: float | bool) -> str:
    """A choice of the calibration, in words."""
    told = {
        "steady": ("deviations as they are", "deviations led back"), "mixes": ("channels not mixed", "channels mixed"),
        "tempers": ("no tempers", "tempers"), "own": ("tempers at everyone's spread", "tempers at their own spread"),
        "within": ("the rest at the population's spread", "the rest at the spread within sessions"),
    }  # fmt: skip
    if key in told:
        return told[key][bool(value)]
    if key == "sparest":
        return "every temper" if value == 1 else f"the sparest {value:.0%} of the tempers".replace("%", " %")
    if key == "spread":
        return f"smile and cheek at {value} of the population's spread"
    return f"running values of {'smile and cheek' if key == 'rate' else 'the rest'} over {1 / value / 25:.0f} s"


def chosen(told: dict) -> str:
    """How the calibration was chosen, from what was tried."""
    best, begun, order = told["chosen"], asdict(Choice()), list(CHOICES)
    own = winner(told)

    def tries(key: str) -> list[dict]:
        """What was tried of one choice: those before it as they were chosen, those after it as they began."""
        after = order[order.index(key) + 1 :]
        found = (one for one in told["tried"] if all(one[k] == (begun if k in after else best)[k] for k in best if k != key))
        return sorted(found, key=lambda one: one[key])

    drawn, real, face = told["rows"]["as drawn"], told["rows"]["real partners"], own["figures"]
    kept, left = ("their own", "everyone's")[:: 1 if best["own"] else -1]
    kept_spread = "the spread that it has within sessions" if best["within"] else "the population's"
    rows = []
    for key in order:
        base = next(one for one in tries(key) if one[key] == best[key])["score"]
        rows += [f"| {named(key, one[key])} | {one['score']:.3f} | {named(key, best[key])} | {base:.3f} |" for one in tries(key) if one[key] != best[key]]
    tried = "\n".join(f"  {row}" for row in ["| tried | score | chosen | its score |", "|---|---|---|---|", *rows])
    change = lambda kind, key: f"{drawn[kind][key]:.4f} to {face[kind][key]:.4f}"  # noqa: E731
    rough = told["not smoothed"]
    pace = lambda kind: f"{rough['figures'][kind]['speed']:.2f} to {face[kind]['speed']:.2f}"  # noqa: E731
    return f"""* **The last step is a calibration** (`mien_training.sfms.calibrate`). Drawing code after code, the network varies half as
  much again as real smiles do, wanders from session to session, turns the head half as far as people do and draws its groups
  apart. The running mean and the running deviation of every channel are led back to the long ones, the covariance of the face's
  and of the head's channels to real training partners', and each channel's quantiles to theirs; the network itself goes on from
  what it drew. The spread of smile and cheek is {best["spread"]} of the population's: part of that spread is people who smile more than
  others, and a robot is one listener. All was chosen by one rule, committed before this listener met the test pairs: the
  least score on training pairs left out one by one and on the development pairs (FD and P-FD as shares of fitted mimicry's, Var,
  SI and RPCC, of each sequence; figures of earlier listeners on the test pairs were known). One thing after the other was chosen,
  with what had been chosen before it and what the later ones begin with, so that each is to be held against the score beside it:

{tried}

  With all of it the score is {own["score"]:.3f}. Every other channel than smile and cheek has {kept_spread}. On those pairs FD of
  smile and cheek went from {change("measured", "fd")}, Var from {change("measured", "variance")} (real {real["measured"]["variance"]:.4f}), SI from {change("measured", "si")} (real {real["measured"]["si"]:.4f}),
  FD of the 52 coefficients from {change("expression", "fd")}, of head rotation from {change("rotation", "fd")}.
* **Channels are smoothed** as far as they must be to be shown as quick as real ones are, by two one-pole filters each, fitted to
  training partners; steps that are longer than theirs are the grain of the codes. On the same pairs, all chosen alike, the
  root mean square of a frame's step went from {pace("measured")} times the real partners' for smile and cheek, from {pace("expression")} for the
  52 coefficients, from {pace("rotation")} for the head's rotation; the score from {rough["score"]:.3f} to {own["score"]:.3f}.
* **A listener has a temper.** One line for everyone's smiles visits all that people do in each session, and nobody does: SI
  of a session is then too high. So the seed draws one of the training partners' sessions, and smile and cheek follow its
  quantiles: seldom and broadly, or a little all the time. They are moved to everyone's mean, and keep {kept}
  spread, not {left}.{fewer(tries("sparest"), best["sparest"])}"""


def fewer(tried: list[dict], share: float) -> str:
    """Of the share of tempers that is kept, where it is not all of them."""
    if share == 1:
        return ""
    kept, whole = (next(one["figures"]["measured"] for one in tried if one["sparest"] == value) for value in (share, 1))
    return f""" Some real partners hardly move in a session; of listeners that all have one spread each visits more than
  people do on the mean. So the seed draws from the sparest {100 * share:.0f} % of the sessions, those of smiles that are rare and broad: SI {kept["si"]:.4f}
  instead of {whole["si"]:.4f}, FD {kept["fd"]:.4f} instead of {whole["fd"]:.4f}, pooled SI {kept["si_pooled"]:.4f} instead of {whole["si_pooled"]:.4f}, on the same pairs."""


def cooled(told: dict) -> str:
    """What came of listeners that are surer of their codes."""
    best, rows = told["chosen"], []
    for key, (kind, _) in temperatures.TRIED.items():
        real = told[temperatures.REAL][kind]
        rows += [(title(kind), "real partners", real, "")]
        rows += [(title(kind), one["at"], one["figures"][kind], "yes" if one["is_allowed"] else "no") for one in told[key]]
    lines = ["| judged by | code temperature | SI | Var | FD | P-FD | beat | allowed |", "|" + "---|" * 8]
    for kind, name, own, allowed in rows:
        figures = (f"{own['si']:.2f}", *(f"{own[key]:.4f}" for key in ("variance", "fd", "paired_fd")), f"{own['beat']:.2f}")
        lines.append("| " + " | ".join((kind, str(name), *figures, allowed)) + " |")
    table = "\n".join(f"  {line}" for line in lines)
    return f"""* **Surer codes were tried and left** (`mien_training.sfms.temperatures`; training and development pairs, each shown through a
  calibration not fitted to it). Cooler in which code a keyframe has, not in when there is one, a listener is nearer to the truth on
  SI, further in distances, and the velocity's power at the rate of the blocks, 6.25 Hz, begins to stand out of its neighbours'
  (beat). A rule committed before it was run, nearest on Var and SI among those that distances and beat allow, takes {best["other_code_temperature"]} for the
  face's groups beside the smile's and {best["head_code_temperature"]} for the head's: all codes are drawn at 1. (Beside a weaker fitted mimicry, whose noise
  channels did not share, it had allowed 0.55 for the face, which was not followed.)

{table}
"""


def speakers(followed: dict) -> str:
    """Whether the speaker could tell how much a listener smiles."""
    r = lambda key: f"{followed[key][0]:.2f} ({followed[key][1]:.2f} to {followed[key][2]:.2f})"  # noqa: E731
    return f"""* **Level and spread do not follow the speaker** (`mien_training.sfms.followed`). Over {followed["conversations"]} conversations of {followed["pairs"]} training and
  development pairs the mean of a listener's smile and that of the speaker correlate by {r("mean")}, their deviations by
  {r("deviation")}; from the 5th to the 95th percentile over pairs drawn with replacement. So there is nothing
  by which a calibration could tell how much this speaker's partner would smile. Within a conversation, from
  third to third, they do go together: means by {r("mean within")}, deviations by {r("deviation within")}."""


def tokens(found: dict) -> str:
    """What tokens do and what does not come from them."""
    names = {name.split(" predictor")[0]: name for name in found["measured"] if name.endswith(BORROWED)}
    if not names:
        return ""
    figure = lambda kind, key: ", ".join(  # noqa: E731
        f"{short} {found[kind][name][key]:.4f}" for short, name in (names | {"SFMS": "SFMS"}).items()
    )
    real = lambda kind: f"{found[kind][REAL[0]]['quick']:.4f}"  # noqa: E731
    return f"""* **What tokens do.** With the same response to the speaker and a calibration of its own, FD of smile and cheek is
  {figure("measured", "fd")};
  P-FD {figure("measured", "paired_fd")};
  FD of the 52 coefficients {figure("expression", "fd")}.
  Codes of every frame shiver: above 5 Hz lies, of the power of smile and cheek's velocity (real partners {real("measured")}),
  {figure("measured", "quick")};
  of the 52 coefficients' ({real("expression")}) {figure("expression", "quick")}.
  The lead over the dense rows as they draw comes from the response and the calibration as far as these are level; sparse
  tokens give a keyframe's worth of draws instead of a frame's."""


def predictor_card(predictor, found, folds, trainings, config, told, followed, warmth, study) -> str:
    c, s, told_by = config.predictor, config.sampling, followed["foretold"]
    own, real = (row["measured"] for row in (told.get("gain", winner(told))["figures"], told["rows"]["real partners"]))
    count = sum(p.numel() for p in predictor.parameters())
    table = "\n".join(predictor_study.rows(study))
    columns = "\n".join(definitions(COLUMNS, seeds.TRAININGS.replace("(sfms-", "(evaluation/sfms-")))
    return f"""# sfms-predictor

The SFMS listener's predictor: 40 frames of the listener's own motion and tokens and of what is sensed of the speaker
(smile, cheek squint, motion energy, gaze region; any of them may be missing) to the next 8 rows of tokens. {count / 1e6:.2f} M
weights; matrices in fp16.

## Architecture

{predictor_architecture(MODELS / PREDICTOR)}

No run of the paper's sizes (`mien_training/sfms/full.yaml`) was trained. Where it departs from the paper is told below.

## Data

{SOURCES}

A person never appears both in training and in the held-out pairs.

## What is lifted

{LIFTED}

## Licences

{LICENCES}

## Figures

Everyone, in five folds of the 16 pairs (48 conversations, 96 directions of 3 min): tokeniser, predictor, calibration with its
choice and baselines were made anew without the fold's pairs, and answered them; SFMS through the program (`mien generate
listener`, three seeds). Metrics of `mien_training.metrics.listening`, Fréchet distances and SI per sequence (P-FD: of [speaker,
listener]) and mean over sequences. The whole tables, pooled distances and each fold, too: [listening, all
pairs](evaluation/sfms-folds.md).

{listening_tables(folds, ("measured",))}

{columns}

A pool of both directions of a conversation holds the same smiles twice, so an undelayed copy of the speaker has a
pooled distance of exactly 0 on them: distances here are per sequence for that reason.

{everyone(folds)}

How the listener is built, and its temperature, were found while 13 of these pairs were training and development pairs. That
the gain of the response is fitted to each network was added after a first look at this table, as was the spread that channels
have within sessions. Smoothing came after a look at what the program shows: no figure here but speed asks for it. That there is a
choice of which tempers a listener draws from, and that the rule of choice has figures of each sequence alone, came last: figures on
training and development pairs suggested both, and this table, as it was before, where to look.

The weights that ship, on pairs {", ".join(test_pairs())} (18 directions), which neither they nor any choice of theirs saw; the whole
tables: [listening](evaluation/sfms-listening.md); [smiles over time](evaluation/sfms-smiles.png); [velocity
spectra](evaluation/sfms-velocities.png) of each part of the face beside real partners'.

{listening_tables(found)}

{shipped(found)}

{over_seeds(trainings)}

## What was chosen on training and development pairs

{chosen(told)}
{cooled(warmth)}
{speakers(followed)}
{tokens(found)}
* **Temperature {s.temperature}** of the smile was found by `mien_training.sfms.choose`, before channels were smoothed.
* The drawn head passes two one-pole filters of rate 0.25 of its own, for codes are coarse and a head has mass.

## Departures from the paper

* No set at hand has the speaker's voice beside a listener's face, so these weights were trained without: the two
  cross-attending speaker streams are expression and body. The architecture has a third, of sound (`mien_training.sfms.audio`:
  log-mel or a set's own features, causal convolution, gated cross-attention, either modality may be missing); REACT 2024 or
  Learning2Listen in the configuration's `data` line trains it, and `mien generate listener --audio` then hears a voice.
* Rows of a block are decoded one after the other, each seeing the row before: rows drawn side by side from a calibrated
  distribution would be eight different futures.
* A history token covers {c.patch} frames; running means over 4 s and 16 s of both smiles give a longer memory than 40 frames.
* A linear response to the speaker's smile, fitted by least squares on the training pairs, tilts the smile group's logits
  (gain {s.response_gain}; its change over the last second {s.change_gain}). The token network itself makes no use of the speaker:
  the cross-entropy of development smiles is {told_by["speaker"]:.4f} nats a row with the speaker, {told_by["without speaker"]:.4f} without and {told_by["wrong speaker"]:.4f} with a wrong one;
  all that is shared comes through the response. Its gain was chosen on training and development speakers, to share as much as
  their real partners do; `mien_training.sfms.gain` fits it to a network: on pairs left out r is {own["r"]:.3f}, of real partners {real["r"]:.3f}.
* Training tokens, anchors and history are those of a stream that keeps 4 frames of each block of 8, as the shipped listener
  does. Trained on blocks kept whole, the same network smiled too little when it kept 4.
* Trained {c.steps:,} steps of {c.batch} blocks.
* Cross-entropy is not class-weighted (weight {c.transition_weight}) and sampling is at temperature {s.temperature}, nucleus {s.nucleus} for the smile
  and {s.other_temperature}, {s.other_nucleus} for the other groups. Soft-DTW weight {c.soft_dtw}. In {100 * c.neutral_prefix:.0f} % of the training's
  blocks the first part of the listener's history is neutral; {100 * c.drop_all:.0f} % have no speaker, and each of a speaker's channels is missing in {100 * c.drop_channel:.0f} %.

What these parts of the training do, each changed by itself, with half of the steps ([what the columns say](evaluation/{predictor_study.PAGE})):

{table}

## Limits

* Nods, blinks and brows are no answers: the speaker's face is sensed by smile, cheek, motion energy and gaze alone, and those of the
  listener's channels are lifted. Of speech nothing was learned: no voices were trained on.
* How much a listener smiles does not follow the speaker, on the evidence above; it is everyone's, with a temper by the seed.
* One kind of talk was seen, video calls of about 3 minutes between {len(pairs_of_all())} pairs of people; anything beyond is untried.
* What does not hold in the tables above: {lacking(folds)}.

## Again

    make train-setup
    make train MODEL=sfms
    cd Training
    ../.venv/bin/python -m mien_training.sfms.golden --shipped
    ../.venv/bin/python -m mien_training.sfms.followed
    ../.venv/bin/python -m mien_training.sfms.study vq-dense large-dense
    ../.venv/bin/python -m mien_training.sfms.dense vq-dense   # and once more with large-dense
    ../.venv/bin/python -m mien_training.sfms.folds train --dense vq-dense large-dense
    cd .. && make evaluate ARGUMENTS="--only sfms-listening sfms-folds"
    cd Training && ../.venv/bin/python -m mien_training.sfms.cards

`git status` says whether the weights are those that ship: from the same tracks, on a processor of the kind that they were trained
on (x86-64 with AVX-512) and on any number of its cores, they are, bit for bit. The listener takes about three quarters of an hour of one core, the folds with their dense baselines six hours of one
(`folds train --fold N` makes one alone). The folds' listeners lie in `Models/folds`: with them `folds table` measures SFMS over
all pairs in minutes; rows of dense predictors then stay as they are. Other seeds: `folds train --seed 12`, then `sfms.seeds` says
what to measure. `python -m mien_training.retrained STATED.json … AGAIN.json` says how far new figures lie from stated ones, in the
stated deviations: [what training again gave](evaluation/retrained.md). More processes, CUDA and the paper's sizes:
`make train MODEL=sfms ARGUMENTS="--processes 2 --device cuda --config mien_training/sfms/full.yaml"`; nothing of that size was trained.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--evaluation", type=Path, default=MODELS / "evaluation", help="folder of the tables' JSON")
    arguments = parser.parse_args()
    with in_a_line():
        config = load(arguments.config)
        if config.data != RECORDINGS:
            raise ValueError(f"cards tell of the weights in {MODELS}, whose data is {RECORDINGS}, not {config.data}: mien_training.sfms.listening --config prints the table of a published set")
        config, _ = weights_of(arguments.config, MODELS)
    tokeniser, predictor = load_shipped(config)
    lines = lines_of(arguments.evaluation)
    (MODELS / "sfms-tokeniser.md").write_text(tokeniser_card(tokeniser, config, lines))
    (MODELS / "sfms-keyframes.md").write_text(keyframes_card(lines))
    found = json.loads((arguments.evaluation / "sfms-listening.json").read_text())
    told = json.loads((arguments.evaluation / TRIED).read_text())
    folds = json.loads((arguments.evaluation / "sfms-folds.json").read_text())
    followed = json.loads((arguments.evaluation / FOLLOWED).read_text())
    warmth = json.loads((arguments.evaluation / temperatures.FILE).read_text())
    trainings = {name: seeds.read(arguments.evaluation, seeds.tables(name)) for name in seeds.STATED}
    study = json.loads((arguments.evaluation / predictor_study.FILE).read_text())
    card = predictor_card(predictor, found, folds, trainings, config, told, followed, warmth, study)
    (MODELS / "sfms-predictor.md").write_text(card)


if __name__ == "__main__":
    main()
