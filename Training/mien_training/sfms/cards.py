"""Writes the cards of the three weight files from the tables in ``Models/evaluation``: ``python -m mien_training.sfms.cards``."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ..split import pairs
from . import seeds
from .calibrate import TRIED as CHOICES
from .calibrate import Choice, winner
from .channels import GROUP_NAMES, GROUPS
from .config import MODELS, load
from .export import TRIED, load_shipped
from .followed import FILE as FOLLOWED
from .listening import BORROWED, COLUMNS, LEARNT, NAMES, NOISE, REAL, nearest, verdict
from .reconstruction import DYNAMIC, KEYFRAMES, KINDS, WINDOW, by_row, nearest_rivals, reached

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


def dearer(lines: list[dict], row: str) -> str:
    """How a row's keyframes stand to what costs about as much and not less, for the card's text."""
    found: dict[str, list[float]] = {"static": [], "dense": []}
    for line in (x for x in lines if x["row"] == row and x["placement"] in DYNAMIC):
        for other in nearest_rivals(line, lines):
            found[other["placement"]] += [line[kind] / other[kind] for kind in KINDS]
    span = lambda shares: f"{min(shares):.2f} to {max(shares):.2f}"  # noqa: E731
    return f"{span(found['static'])} of static ones' error and {span(found['dense'])} of dense tokens'"


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
    return by["small-static", WINDOW][kind] / by["small-oracle", KEYFRAMES[-1]][kind]


def keyframes_card(lines: list[dict]) -> str:
    return f"""# sfms-keyframes

SFMS's sparse tokeniser with fine codes, what `mien reconstruct` uses: 48 frames of 58 channels at 25 fps become k keyframes
(k = 1 to 48; trained with 3 to 14) in each of {len(GROUPS)} channel groups ({", ".join(GROUP_NAMES)}), and back. A keyframe's code
is a finite scalar quantisation of the group's principal components (284 bits and more over the five groups). Matrices in
fp16. Made by `python -m mien_training.sfms.study fine-dynamic`, licence Apache-2.0. The listener has coarser codes of its
own, which a predictor can draw ([sfms-tokeniser](sfms-tokeniser.md)).

## Held out

Through the program, on recordings that training never saw: conversations of {", ".join(test_pairs())} whose 58 channels were lifted
from held-out takes, real heads and real faces. Squared error in units of a channel's variance, dynamic / static = share:

| k | bits/s dynamic | bits/s static | conversations | heads | faces |
|---|---|---|---|---|---|
{shares(lines, "fine")}

With the paper's published setting, 240 codes a channel and keyframes of each channel's own:

| k | bits/s dynamic | bits/s static | conversations | heads | faces |
|---|---|---|---|---|---|
{shares(lines, "channel")}

Beside the cheapest that costs at least as many bits, dynamic keyframes with fine codes lose
{dearer(lines, "fine-dynamic")};
with 240 codes a channel {dearer(lines, "channel-dynamic")}; with 240 codes a group
{dearer(lines, "small-coded")},
placed for what codes keep, and with a VQ of 256 {dearer(lines, "vq-coded")}.

Every other row (240 codes a group, VQ, every frame a token, one and four groups, the learned chooser), what costs at least
as many bits (static and dense) and the oracle are in [the table](evaluation/sfms-reconstruction.md); [keyframes on a real face](evaluation/sfms-keyframes.png),
[errors of frames](evaluation/sfms-quantiles.png).

## What was chosen, and what it did

* **Keyframes are placed exactly**: the k frames through which straight lines lose least, by dynamic programming on the window
  that is encoded anyway. The paper learns scores and takes the top k (relaxed, annealed, an optimiser of their own). That was
  built and trained here too (`placement: top-k`; exact keyframes as its teacher for most of the way, then the
  reconstruction alone). Scored alone, the frames beside a corner are as good as the corner, so each pick discourages its
  neighbours (a learned kernel in the relaxation): in the table it loses {beside(lines, "fine-top-k", "fine-static")} of what
  even spacing does. Learned scores added to the exact search and trained through relaxed sets (`placement: path`) lose
  {beside(lines, "fine-path", "fine-dynamic")} of what the exact search alone does. So no chooser is shipped.
* **Placed for what codes keep** (`placement: coded`). Where codes are coarse, the frames that the best lines go through are
  not those that codes keep best. The same search over lines between what the codes would bring back loses {saved(lines, "small")}
  of that with 240 codes a group, {saved(lines, "vq")} with a VQ of 256, {saved(lines, "fine")} with fine codes. It was
  found on development windows. Placed for unrounded frames, few coarse codes were level with evenly spaced ones.
* **Fine codes.** With 240 codes a group, every frame of a conversation kept, codes alone lose {coarse(lines):.0f} times what ten exact
  keyframes and straight lines lose unrounded. The mask costs 33 bits a group and window at k = 10 whatever the codes, so structure
  pays most where codes are fine.
* **Straight lines, corrected.** The decoder adds to straight lines between decoded keyframes; it begins at nothing.
* Study size: 128 wide, four small stacks. {reached(lines)} The paper's size runs in Swift but was not trained.

## Again

    make train-setup
    cd Training
    ../.venv/bin/python -m mien_training.sfms.study
    ../.venv/bin/python -m mien_training.sfms.reconstruction --ship fine-dynamic
    cd .. && make evaluate ARGUMENTS="--only sfms-reconstruction"

trains every row of the table (two to five minutes of a core each, the learned chooser's longer), ships this one and measures all.

## Data

{SOURCES}

{LIFTED}
"""


def tokeniser_card(tokeniser, config) -> str:
    c = config.tokeniser
    count = sum(p.numel() for p in tokeniser.parameters())
    return f"""# sfms-tokeniser

Sparse motion tokeniser of the SFMS listener: 48 frames of 58 channels at 25 fps become k = {c.keyframes} keyframes in each of
{len(GROUPS)} channel groups ({", ".join(GROUP_NAMES)}), one of {tokeniser.codes[0]} codes each, and back. {count / 1e6:.2f} M weights
({c.dim} wide; matrices in fp16). Made by `Training/mien_training/sfms`, licence Apache-2.0.

Its codes are few because the predictor draws from them; reconstruction is measured with this many codes and with fine
ones in [the table](evaluation/sfms-reconstruction.md) (rows "five groups, 240 codes" and "five groups, fine codes") and on
[sfms-keyframes](sfms-keyframes.md).

## Data

{SOURCES}

{LIFTED}

## Departures from the paper

* Keyframes are placed exactly, by dynamic programming on straight lines (sfms-keyframes says what learned ones did). A
  running stream places none: the predictor says where they are.
* The decoder adds its output to the straight lines between the keyframes' own decodings, which it also reads.
* A code is a rounding of the group's principal components with a small learned correction both ways.
* A fifth group holds the four channels that the conversations really measure, so that they keep their resolution.
* Study size: {c.dim} wide, {c.layers} layers, FF {c.ff}; the paper's 256, 3/3/3/3, 1024 runs in Swift as well.
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
    return "\n".join([
        *verdict(folds), "",
        "Figure by figure. Sure: the share of 1,000 draws with replacement of the pairs, and of each one's conversations, in",
        "which SFMS is nearer to the truth than its best baseline. A copy of the speaker is left out where the table holds both",
        "directions of each conversation, so that its smiles are the real ones:", "", *nearest(folds), "",
        "On head rotation nothing could be learned from conversations (the truth is lifted): white noise of the right size,",
        f"{folds['rotation'][NOISE]['speed']:.0f} times too quick, has the distance of any constant distribution, which motion that moves like a",
        "head comes near and cannot undercut by much. Nor is the truth of the 52 coefficients one that was seen: it is lifted, here",
        "from the few takes outside training, so that its sessions visit less than those which there were to learn from. The last",
        f"column tells: a training listener's real segment has SI {learnt['si']:.2f} of {real['si']:.2f} and Var {learnt['variance']:.4f} of {real['variance']:.4f} there.",
    ])


def shipped(found: dict) -> str:
    """What the shipped weights do beside their baselines on the pairs that they never met."""
    steps = {name: int(values["steps"]) for name, values in found["measured"].items() if "steps" in values}
    trained = ", ".join(f"{name} after {count:,}" for name, count in steps.items() if not name.endswith(BORROWED))
    truth, own = (found["measured"][name]["variance"] for name in ("real partners", "SFMS"))
    return "\n".join([
        *verdict(found), "",
        f"Three pairs are few: Var of their partners is {truth:.4f}, the listener's {own:.4f}, as it was fitted; they smile more than",
        "others, and nothing that is sensed of their speakers says so (below). SFMS and the dense predictors were trained with",
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


def chosen(told: dict) -> str:
    """How the calibration was chosen, from what was tried."""
    best, begun, order = told["chosen"], asdict(Choice()), list(CHOICES)
    own = winner(told)

    def tries(key: str) -> list[dict]:
        """What was tried of one choice: those before it as they were chosen, those after it as they began."""
        after = order[order.index(key) + 1 :]
        found = (one for one in told["tried"] if all(one[k] == (begun if k in after else best)[k] for k in best if k != key))
        return sorted(found, key=lambda one: one[key])

    other = lambda key, value: next(f"{one['score']:.2f}" for one in tries(key) if one[key] == value)  # noqa: E731
    seconds = lambda key: ", ".join(f"{one['score']:.3f} at {1 / one[key] / 25:.0f} s" for one in tries(key))  # noqa: E731
    spreads = ", ".join(f"{one['score']:.2f} at {one['spread']}" for one in tries("spread"))
    drawn, real, face = told["rows"]["as drawn"], told["rows"]["real partners"], own["figures"]
    kept, left = ("their own", "everyone's")[:: 1 if best["own"] else -1]
    kept_spread, other_spread = ("the spread that it has within sessions", "the population's")[:: 1 if best["within"] else -1]
    change = lambda kind, key: f"{drawn[kind][key]:.4f} to {face[kind][key]:.4f}"  # noqa: E731
    rough = told["not smoothed"]
    pace = lambda kind: f"{rough['figures'][kind]['speed']:.2f} to {face[kind]['speed']:.2f}"  # noqa: E731
    return f"""* **The last step is a calibration** (`mien_training.sfms.calibrate`). Drawing code after code, the network varies half as
  much again as real smiles do, wanders from session to session, turns the head half as far as people do and draws its groups
  apart. The running mean and the running deviation of every channel are led back to the long ones, the covariance of the face's
  and of the head's channels to real training partners', and each channel's quantiles to theirs; the network itself goes on from
  what it drew. The spread of smile and cheek is {best["spread"]} of the population's: part of that spread is people who smile more than
  others, and a robot is one listener. All was chosen by one rule, committed before this listener met the test pairs: the
  least score on training pairs left out one by one and on the development pairs (distances as shares of fitted mimicry's, Var, SI
  and RPCC; figures of earlier listeners on the test pairs were known). The score is {own["score"]:.2f}; {other("steady", False)} without leading deviations back,
  {other("mixes", False)} without mixing, {other("tempers", False)} without tempers; running values of smile and cheek of {seconds("rate")},
  of the rest of {seconds("rest")}; spreads of {spreads}. Every other channel has
  {kept_spread}; with {other_spread} {other("within", not best["within"])}. On those pairs FD of
  smile and cheek went from {change("measured", "fd")}, Var from {change("measured", "variance")} (real {real["measured"]["variance"]:.4f}), SI from {change("measured", "si")} (real {real["measured"]["si"]:.4f}),
  FD of the 52 coefficients from {change("expression", "fd")}, of head rotation from {change("rotation", "fd")}.
* **Channels are smoothed** as far as they must be to be shown as quick as real ones are, by two one-pole filters each, fitted to
  training partners; steps that are longer than theirs are the grain of the codes. On the same pairs, all chosen alike, the
  root mean square of a frame's step went from {pace("measured")} times the real partners' for smile and cheek, from {pace("expression")} for the
  52 coefficients, from {pace("rotation")} for the head's rotation; the score from {rough["score"]:.3f} to {own["score"]:.3f}.
* **A listener has a temper.** One line for everyone's smiles visits all that people do in each session, and nobody does: SI
  of a session is then too high. So the seed draws one of the training partners' sessions, and smile and cheek follow its
  quantiles: seldom and broadly, or a little all the time. They are moved to everyone's mean, and keep {kept}
  spread; with {left} the score is {other("own", not best["own"])}."""


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


def predictor_card(predictor, found, folds, trainings, config, told, followed) -> str:
    c, s, told_by = config.predictor, config.sampling, followed["foretold"]
    own, real = (row["measured"] for row in (told.get("gain", winner(told))["figures"], told["rows"]["real partners"]))
    count = sum(p.numel() for p in predictor.parameters())
    return f"""# sfms-predictor

The SFMS listener's predictor: 40 frames of the listener's own motion and tokens and of what is sensed of the speaker
(smile, cheek squint, motion energy, gaze region; any of them may be missing) to the next 8 rows of tokens. {count / 1e6:.2f} M
weights ({c.dim} wide; matrices in fp16). Made by `Training/mien_training/sfms`, licence Apache-2.0.

## Held out

Everyone, in five folds of the 16 pairs (48 conversations, 96 directions of 3 min): tokeniser, predictor, calibration with its
choice and baselines were made anew without the fold's pairs, and answered them; SFMS through the program (`mien generate
listener`, three seeds). Metrics of `mien_training.metrics.listening`, Fréchet distances and SI per sequence (P-FD: of [speaker,
listener]) and mean over sequences. The whole tables, pooled distances and each fold, too: [listening, all
pairs](evaluation/sfms-folds.md).

{listening_tables(folds, ("measured",))}

r: correlation with the speaker, both smoothed over 1 s; mean: of the smile; speed: root mean square of a frame's step as a
share of the real partners'; above 5 Hz: the share of the velocity's power there. A pool of both directions of a conversation holds the same smiles twice, so an undelayed copy of the speaker has a
pooled distance of exactly 0 on them: distances here are per sequence for that reason.

{everyone(folds)}

How the listener is built, and its temperature, were found while 13 of these pairs were training and development pairs. That
the gain of the response is fitted to each network was added after a first look at this table, as was the spread that channels
have within sessions. Smoothing came last, after a look at what the program shows: no figure here but speed asks for it.

The weights that ship, on pairs {", ".join(test_pairs())} (18 directions), which neither they nor any choice of theirs saw; the whole
tables: [listening](evaluation/sfms-listening.md); [smiles over time](evaluation/sfms-smiles.png); [velocity
spectra](evaluation/sfms-velocities.png) of each part of the face beside real partners'.

{listening_tables(found)}

{shipped(found)}

{over_seeds(trainings)}

## What was chosen on training and development pairs

{chosen(told)}
{speakers(followed)}
{tokens(found)}
* **Temperature {s.temperature}** of the smile was found by `mien_training.sfms.choose`, before channels were smoothed.
* The drawn head passes two one-pole filters of rate 0.25 of its own, for codes are coarse and a head has mass.

## Data

{SOURCES}

{LIFTED} A person never appears both in training and in the held-out pairs.

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
  and {s.other_temperature}, {s.other_nucleus} for the other groups. Soft-DTW weight {c.soft_dtw}.

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

## Not learned

Reactions to speech (no voices were trained on), nods and gaze as answers, anything beyond video calls of about 3 minutes.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--evaluation", type=Path, default=MODELS / "evaluation", help="folder of the tables' JSON")
    arguments = parser.parse_args()
    config = load(arguments.config)
    tokeniser, predictor = load_shipped(config)
    (MODELS / "sfms-tokeniser.md").write_text(tokeniser_card(tokeniser, config))
    (MODELS / "sfms-keyframes.md").write_text(keyframes_card(lines_of(arguments.evaluation)))
    found = json.loads((arguments.evaluation / "sfms-listening.json").read_text())
    told = json.loads((arguments.evaluation / TRIED).read_text())
    folds = json.loads((arguments.evaluation / "sfms-folds.json").read_text())
    followed = json.loads((arguments.evaluation / FOLLOWED).read_text())
    trainings = {name: seeds.read(arguments.evaluation, seeds.tables(name)) for name in seeds.STATED}
    (MODELS / "sfms-predictor.md").write_text(predictor_card(predictor, found, folds, trainings, config, told, followed))


if __name__ == "__main__":
    main()
