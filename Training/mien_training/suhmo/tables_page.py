"""The page of SUHMo's tables (`mien_training.suhmo.tables`): what was measured, as Markdown, and what follows from it."""

from __future__ import annotations

import argparse
import math

import numpy as np

from .. import split
from ..metrics.head_motion import DIMENSIONS, KINDS, RUNS
from .config import Config
from .judges import LENGTHS, SEEN
from .study import ROWS

#: Rows that the paper, or common sense, expects to be worse than the whole model.
ABLATIONS = ("one-sample-generator", "one-sample-judges", "one-window", "one-step")
#: How seldom chance alone may be as one-sided where a sign test settles something.
LEVEL = 0.05


def cells(group: list[dict], places: list[tuple[str, str]]) -> list[str]:
    """Mean ± standard deviation over a row's seeds; a dash where a row has no such figure."""
    text = []
    for run, kind in places:
        values = [g[run][kind] if kind else g[run] for g in group if run in g]
        sd = f" ± {np.std(values, ddof=1):.2f}" if len(values) > 1 else ""
        text.append(f"{np.mean(values):.2f}{sd}" if values else "–")
    return text


def table(found: dict[str, dict], prefix: str = "") -> str:
    """Markdown: a line a row. Prefix `strangers `: of people who are not in training alone."""
    places = [] if prefix else [("speed", ""), ("speed 80", "")]
    places += [(f"{prefix}{n}", kind) for n in RUNS for kind in KINDS]
    heads = [f"speed {n}" for n in RUNS if not prefix] + [f"{n}: {kind}" for n in RUNS for kind in KINDS]
    lines = ["| | seeds | " + " | ".join(heads) + " |", "| --- | --- |" + " --- |" * len(heads)]
    named = [name for name in found if name.rpartition("-")[0] not in ROWS]
    for row in [*named, *ROWS]:
        group = [found[row]] if row in named else [v for k, v in found.items() if k.rpartition("-")[0] == row]
        if not group or places[0][0] not in group[0]:
            continue
        lines.append(f"| {row} | {len(group) if row in ROWS else ''} | " + " | ".join(cells(group, places)) + " |")
    return "\n".join(lines) + "\n"


METHOD = """# SUHMo: what beats what, and what does not

Written by `python -m mien_training.suhmo.tables` (`make evaluate`), from runs of `python -m mien_training.suhmo.study`.
Everything is the output of `mien generate runs`. From each of {count} real faces of the {which} takes
({takes}; see `Training/split.yaml`), of which training saw no frame, a run of 80 frames is made; frames 1 to 40 and 41 to 80 are compared
with what the people did after those faces. Fréchet distances of windows (the landmarks' way from the run's first face and
their velocity, in face heights), of single frames and of motion maps (frames summed with weights from 0.2 to 0.8), each in a
space of {dimensions} principal components of training windows, fixed in `Models/motion-spaces.safetensors`; one unit is the
mean variance of a component. Speed: rms of the landmarks, face heights a second. Several seeds of training: mean ± standard
deviation. Rows of fewer seeds have the first ones (how many was fixed first, `SEEDS` in
`Training/mien_training/suhmo/study.py`, but for the Transformer's third, trained after its first two had been read); seeds differ more than rows do, so the ablations are compared seed by seed
further down. All of it was trained a second time: [trained again](retrained.md) says what came out as before.

`suhmo` is the whole model, `mle` the same generator with the squared error alone in free runs, `delta` the same adversarial
training of a generator that puts out the way since frame 0 (`delta_mod` of the public code), `one-sample-generator` without
pooling in the generator (it runs with `--cheap`), `one-sample-judges` without the joint judge, `one-window` with windows of
40 frames alone, `one-step` the regression from real frames all the way, with which every row begins, `transformer` the
Transformer variant of the generator in place of the LSTM (a row of which no seed was trained is not in the table). All rows had equal data,
sizes and steps (`Training/mien_training/suhmo/configs/study.yaml`: hidden {hidden}, {pairs} pairs, {steps} steps, of which
{warm_up} are one-step regression; {long_share:g} of the game's batches have {long} predicted frames), and equal rates but for `mle`, whose
generator's is 1e-4, and for `transformer`, which has settings of its own ({own}); each kept the
best of its checkpoints after step {game}, by starts of the development and training takes: where judges step alone before the game
that is where the game begins; `mle` is {judges_first} steps into its free runs by then, and no longer the regression that it began with. `one-step` kept the best of
its second half, the transformer of its game.

{table}
"The people of the training" are real runs of the training takes: what a model that has learnt its data perfectly would get.
The first row is the floor that the test's own size sets.

## People who are nowhere in training ({strangers} starts)

{strange}
## What holds

Distances of 40-frame windows, the means over seeds (± the ratio's standard error, of the seeds alone):

{reading}
The paper (CONFER, FVD): SUHMo over MLE 0.34, over Δ 0.51, 80 over 40 frames 0.91.

Strangers are three people in {strangers} starts. Real motion of the training's people, run for run, is {floor:.2f} from theirs over 40
frames: {share:.2f} of MLE's distance is what a model that moved just as they do would get.

## Where the distance lies

What the means and what the covariances make of it (40-frame windows, the means over seeds):

{parts}
A run is not told whose it is, so on a few people the means' part is where those happened to turn.

## Ablations, seed by seed

Distances as shares of the whole model's of the same seed (geometric mean; each seed). Equal seeds share the order of the data
and the regression before the game, so this says more than the means ± deviations above, in which the regression's luck
dominates. The paper has 1.37 for the one-sample generator and 1.40 for one-sample judges (whole runs), 1.25 for one window
length (10-frame windows). Settled: what a two-sided sign test over the seeds finds at 5 %, which takes six seeds at least; each
cell is tested by itself, with no correction for how many there are.

{ablations}
## What the game adds

The distance that checkpoints are chosen by (40-frame windows, starts of development and training takes), at the last check
before the generator's first step in the game and at the checkpoint that was kept, means over seeds (each seed's).
A row that changes the judges alone begins where the whole model does: only its game sets it apart. A row that changes the
generator has a regression of its own.

{games}
{judged}
## What was tried

On the development takes, one seed each, 40-frame windows (standing still: about 26):

- Where the regression ends (the table above) only its moving average does: the last step's own weights are several times as far
  off. The game therefore begins from the average, with a fresh optimiser (regression's gradients are far smaller than the
  game's, so Adam's old moments made its first steps far too long).
- Through a free run's feedback gradients grow from frame to frame. With nine tenths of the gradient passed back
  (`train.feedback_gradient`) and judges that keep up (`train.rate_discriminator` 1e-3), a rate of 1e-5 brings the distance down
  within 20 to 100 steps; longer games lead away again, towards runs that are too slow. In the distance
  that checkpoints are chosen by this is within the luck of seeds of a rate of 1e-6 in 350 steps with all of the gradient; with all
  of it at 1e-5, and with slower judges, seeds are farther off on the mean: [how settings were chosen](suhmo-candidates.md).
- Judges that see positions, velocities and accelerations alone, as the paper's, let heads tremble in place: a head wanders
  less in a second than faces differ in place. They see the way since frame 0, too.
- A longer regression before the game comes nearer in the distance that checkpoints are chosen by, half of whose starts are of
  training takes: 800 steps, six seeds, by more than a standard error. The whole study was trained so once. On the test takes its
  SUHMo and its regression alone were farther off over 40 frames than with {warm_up} steps, and over 80 no nearer (SUHMo) or nearer
  (regression). That study was not taken; this was decided after its test figures had been read.
- Losses on the mean squares of ways over lags (`loss.structure`) and on the energy distance of windows (`loss.energy`) made it
  worse or no better; both are 0.
- Runs begun cold now begin at frame 0: begun after five real frames without their velocity, they met judges who saw the jump.
- The Transformer with the LSTM's settings regresses worse in as many steps and gets too fast over 80 frames. It is given a
  longer regression with a rising rate and a longer average; a higher rate in the game (5e-6) threw it off again.
- More of the clips' people and batches of longer runs brought most; a longer game with finer judges, stretched and scaled
  motion, and equal shares for short takes did not: [how settings were chosen](suhmo-candidates.md).
- PyTorch's spectral norm goes one power iteration a step. The last layer's singular values are nearly alike, so regression's
  steps leave it behind, and in the game's first steps velocities shrank. With the exact norm (`model.exact_norm`) they do
  not, which made most of the difference to the study before; rates fall over the game's last half alone (`train.decay_in_game`), else from the generator's first step on.
- Takes with jumps (one clip shook its head at two face heights a second) dominated every scale; takes are cut there, as in
  the paper.

![Motion maps](suhmo-motion-maps.png)

![Head angles](suhmo-trajectories.png)

![Spectra](suhmo-spectra.png)

![Quantiles](suhmo-quantiles.png)
"""


def parts(found: dict[str, dict]) -> str:
    """What means and covariances make of the distances of 40-frame windows, averaged over a row's seeds."""
    places = [f"{who}{n}" for who in ("", "strangers ") for n in RUNS]
    lines = ["| | " + " | ".join(f"{'strangers, ' if 's' in p else 'all, '}{p[-2:]} frames" for p in places) + " |"]
    lines.append("| --- |" + " --- |" * len(places))
    for row in ("the people of the training", "shipped", "suhmo", "mle", "one-step", "transformer"):
        group = [v for k, v in found.items() if row in (k, k.rpartition("-")[0]) and f"terms {places[0]}" in v]
        if group:
            both = [np.mean([g[f"terms {place}"] for g in group], axis=0) for place in places]
            lines.append(f"| {row} | " + " | ".join(f"{mean:.2f} + {spread:.2f}" for mean, spread in both) + " |")
    return "\n".join(lines) + "\n"


def seeds_of(found: dict[str, dict], row: str, run: str, kind: str = "40 frames") -> list[float]:
    return [v[run][kind] for k, v in found.items() if k.rpartition("-")[0] == row]


def ratio(above: list[float], below: list[float]) -> str:
    """The ratio of two means over seeds, and its standard error where both have seeds enough."""
    value, error = float(np.mean(above) / np.mean(below)), ""
    if min(len(above), len(below)) > 1:
        parts = [np.std(v, ddof=1) / np.mean(v) / len(v) ** 0.5 for v in (above, below)]
        error = f" ± {value * np.hypot(*parts):.3f}"
    return f"{value:.3f}{error}"


def verdict(above: list[float], below: list[float], most: float) -> str:
    """``ratio``, and whether it is as small as is asked."""
    holds = "holds" if np.mean(above) / np.mean(below) <= most else "does not hold"
    return f"{ratio(above, below)}; at most {most} is asked: {holds}."


#: What the page says of a baseline that the paper does not have.
ONE_STEP = """MLE is a squared error of free runs alone, as the paper's is, which teaches a generator to stand still. The regression from real frames,
one step at a time, is a stronger rival that the paper does not have; every row begins with it. Beside it, trained to the last
step (from where the others begin their game on at the game's small rate; at a rate of its own to the end, tried with six seeds, it
is farther off over 40 frames and a little nearer over 80):"""


def reading(found: dict[str, dict]) -> str:
    """The judged ratios, worked out."""
    trained = {name.rpartition("-")[0] for name in found} & set(ROWS)
    if "suhmo" not in trained:
        return "No study was measured.\n"
    lines, beside = [], []
    for where in ("", "strangers "):
        who = "strangers alone" if where else "all"
        short, long = (seeds_of(found, "suhmo", f"{where}{run}") for run in RUNS)
        for row in ("mle", "delta"):
            if row in trained:
                against = seeds_of(found, row, f"{where}40")
                lines.append(f"- SUHMo over {row}, 40 frames, {who}: {verdict(short, against, 0.6)}")
        lines.append(f"- SUHMo over 80 frames against over 40, {who}: {verdict(long, short, 1.2)}")
        if "one-step" in trained:
            beside += [
                f"- SUHMo over one-step, {run} frames, {who}: {ratio(own, seeds_of(found, 'one-step', f'{where}{run}'))}."
                for run, own in zip(RUNS, (short, long))
            ]
    return "\n".join(lines) + "\n" + ("\n" + ONE_STEP + "\n\n" + "\n".join(beside) + "\n" if beside else "")


def beside_regression(found: dict[str, dict]) -> str:
    """What the adversarial game brings beside the regression that it begins with, in a sentence; nothing where that is not known."""
    if not all(seeds_of(found, row, str(run)) for row in ("suhmo", "one-step") for run in RUNS):
        return ""
    parts = [f"{ratio(*(seeds_of(found, row, str(run)) for row in ('suhmo', 'one-step')))} over {run} frames" for run in RUNS]
    return f"The adversarial game brings little beside the regression that it begins with: {' and '.join(parts)} of its distance, the means over seeds."


def against_suhmo(found: dict[str, dict], row: str, run: str, kind: str) -> list[float]:
    """A row's distances as shares of SUHMo's, seed by seed: equal seeds share their data's order and the regression."""
    pairs = [(found[name], found.get(f"suhmo-{name.rpartition('-')[2]}")) for name in sorted(found) if name.rpartition("-")[0] == row]
    return [one[run][kind] / whole[run][kind] for one, whole in pairs if whole]


def games(found: dict[str, dict]) -> str:
    """What the adversarial game adds to the regression before it."""
    lines = ["| | seeds | at the game's beginning | at the checkpoint that was kept | nearer in |", "| --- | --- | --- | --- | --- |"]
    for row in ROWS:
        pairs = [v["game"] for k, v in found.items() if k.rpartition("-")[0] == row and "game" in v]
        if pairs:
            begun, kept = (f"{np.mean(side):.2f} ({', '.join(f'{value:.2f}' for value in side)})" for side in zip(*pairs))
            nearer = sum(after < before for before, after in pairs)
            lines.append(f"| {row} | {len(pairs)} | {begun} | {kept} | {nearer} of {len(pairs)} |")
    return "\n".join(lines) + "\n"


def judged(found: dict[str, dict]) -> str:
    """What the joint judge sees in pairs, and the sequence judge in windows of each length."""
    rows = [row for row in found.values() if all(key in row for key in SEEN)]
    scores, apart = (np.array([row[key] for row in rows]) for key in SEEN)
    if not len(scores):
        return ""
    cells = " | ".join(f"{mean:.2f}" for mean in scores.mean(axis=0))
    real, made = np.abs(scores[:, [0, 2]] - scores[:, [1, 3]]).mean(axis=0)
    return f"""The joint judge's mean scores of pairs, and of the same people parted, each put beside another pair's partner (training takes,
the judges of the whole model's {len(scores)} seeds):

| real pairs | real people, parted | made pairs | made people, parted |
| --- | --- | --- | --- |
| {cells} |

Parting moves a seed's score by {real:.2f} (real) and {made:.2f} (made), where real and made are {(scores[:, 0] - scores[:, 2]).mean():.2f} apart: that much is what it
sees in pairs, the rest is what a judge of one person sees, too. The paper's pairs are people who talk to each other; here a pair
is two clips drawn alone (`data.pairing` random), so real pairs have nothing in common that it could learn.

How far apart the sequence judge's mean scores of real and made windows are, by the windows' length in frames. Where that grows
with the length, `one-window` keeps the windows that are told apart best, and short ones add little.

| {" | ".join(str(length) for length in LENGTHS)} |
|{" --- |" * len(LENGTHS)}
| {" | ".join(f"{gap:.2f}" for gap in apart.mean(axis=0))} |
"""


def sign_test(heads: int, tosses: int) -> float:
    """How likely a fair coin is to be as one-sided, either way."""
    tail = sum(math.comb(tosses, k) for k in range(max(heads, tosses - heads), tosses + 1)) / 2**tosses
    return min(1.0, 2 * tail)


def by_chance(tosses: int) -> float:
    """How likely a fair coin is to be called settled."""
    return sum(math.comb(tosses, k) for k in range(tosses + 1) if sign_test(k, tosses) <= LEVEL) / 2**tosses


def ablations(found: dict[str, dict]) -> str:
    """Each ablation against the whole model, and where the paper's direction does not hold."""
    lines = ["| | windows | over 40 frames | worse in | over 80 frames | worse in |", "| --- | --- | --- | --- | --- | --- |"]
    fails, settled, tested = [], [], []
    for row in ABLATIONS:
        for kind in ("40 frames", "10 frames"):
            cells = []
            for run in RUNS:
                shares = against_suhmo(found, row, str(run), kind)
                if not shares:
                    break
                mean, worse = float(np.exp(np.mean(np.log(shares)))), sum(share > 1 for share in shares)
                cells += [f"{mean:.2f} ({', '.join(f'{share:.2f}' for share in shares)})", f"{worse} of {len(shares)}"]
                if mean <= 1 or 2 * worse <= len(shares):
                    fails.append(f"{row} over {run} frames in windows of {kind}")
                tested.append(len(shares))
                if sign_test(worse, len(shares)) <= LEVEL:
                    way = "worse" if 2 * worse > len(shares) else "better"
                    settled.append(f"{row} over {run} frames in windows of {kind} is {way}")
            if cells:
                lines.append(f"| {row} | {kind} | " + " | ".join(cells) + " |")
    said = "; ".join(settled) if settled else "none is"
    where = "; ".join(fails) if fails else "nowhere"
    chance = f"{sum(map(by_chance, tested)):.2f}"
    luck = f" Cells tested: {len(tested)}, of which {chance} would be settled by chance alone if no row differed from the whole model."
    return "\n".join(lines) + f"\n\nSettled: {said}.{luck}\n\n**The paper's direction does not hold for:** {where}.\n"


def page(found: dict[str, dict], arguments: argparse.Namespace) -> str:
    config = Config.load(arguments.config)
    part = "development" if arguments.validation else "test"
    return METHOD.format(
        count=found["standing still"]["starts"], which=part, takes=", ".join(split.head_motion(part)),
        dimensions=DIMENSIONS, hidden=config.model.hidden, pairs=config.train.pairs, steps=config.train.steps,
        warm_up=config.train.warm_up, judges_first=config.train.judges_first,
        game=config.train.warm_up + config.train.judges_first, table=table(found), strange=table(found, "strangers "),
        strangers=found["standing still"]["strangers"], reading=reading(found), ablations=ablations(found), games=games(found), judged=judged(found),
        floor=(floor := found["the people of the training"]["strangers 40"]["40 frames"]),
        share=floor / np.mean(seeds_of(found, "mle", "strangers 40")), parts=parts(found), long=config.data.long,
        long_share=config.data.long_share, own=", ".join(f"{k} {v}" for k, v in ROWS["transformer"].items()),
    )
