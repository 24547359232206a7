"""The card of the shipped model, written by `evaluate`: the headings of every card (`mien_training.sfms.cards`), and SUHMo's own."""

from __future__ import annotations

from ast import literal_eval
from pathlib import Path

from .. import split
from .config import Config, Idle
from .data import Sequence
from .generator import COORDINATES
from .tables_page import beside_regression


def _minutes(sequences: list[Sequence], source: str) -> str:
    return f"{sum(len(s.landmarks) for s in sequences if s.source == source) / 25 / 60:.1f}"


def architecture(settings: dict, hidden: int) -> str:
    """The generator, and the judges that it was trained against, from the settings of its training, as Markdown."""
    model, judges, loss = settings["model"], settings["discriminator"], settings["loss"]
    wide, least, most = 2 * COORDINATES, *judges["window_range"]
    pooled = "the maximum of both samples of its pair" if model["pair_pool"] else "its own last state"
    norm = "exact on the last layer" if model["exact_norm"] else "PyTorch's"
    return f"""The generator takes positions and velocities of 68 landmarks ({wide} numbers) and puts out the next velocities:

| part | layers |
| --- | --- |
| first state | MLP {wide} → {2 * hidden} → {2 * hidden}, half of it h, half c |
| a step | LSTM cell, {wide} + {hidden} → {hidden}; the {hidden} are {pooled} |
| output | MLP {hidden} + {wide} → {hidden} → {hidden} → {model["modes"] or COORDINATES}, layer norms, leaky ReLU, spectral norm ({norm}); {model["modes"]} main modes of real velocities, folded into the {COORDINATES} numbers of the file |

Three judges, of the training alone (`mien_training.suhmo.discriminators`), see {4 * model["modes"]} numbers a frame: positions, velocities,
accelerations and the way since frame 0 along the {model["modes"]} modes; the way is a departure from the paper. They are {judges["hidden"]} wide
(paper: 1024), their linear layers have spectral norms, what they see has noise of {judges["noise"]:g} deviations on it, and the loss is the hinge's:

| judge | sees | layers | weight |
| --- | --- | --- | --- |
| frame | each made frame | MLP {4 * model["modes"]} → {judges["hidden"]} → {judges["hidden"]} → 1, batch norms | {loss["adversarial"]["frame"]:g} |
| sequence | windows of {least} to {most} frames ({judges["windows_a_pass"]} lengths a pass, exponential of rate {judges["window_rate"]:g}), of one person | LSTM of {judges["hidden"]}, then a projection head: how well a window goes with the observed frames, less so the later it is, and how real it is by itself | {loss["adversarial"]["sequence"]:g} |
| joint | the same windows of both people of a pair | the same, the maximum of both states | {loss["adversarial"]["joint"]:g} |

Beside them the squared error of made frames ({loss["l2_predicted"]:g}), of observed ones ({loss["l2_observed"]:g}) and of one step on from real frames ({loss["one_step"]:g}).
All three are departures: the paper has no third, and squares the 408 raw numbers of a frame, summed over x and y, where here the
first is of what the judges see and the second of positions and velocities in standard deviations, with the sum's factor 2 kept."""


def card(
    config: Config, idle: Idle, metadata: dict[str, str], training: list[Sequence], held_out: list[Sequence],
    table: str, model: Path, found: dict[str, dict],
) -> str:
    """``found``: the rows of `mien_training.suhmo.tables`."""
    sources = "\n".join(
        f"| {name} | {share:g} | {_minutes(training, name)} | {_minutes(held_out, name)} |"
        for name, share in config.data.sources.items()
    )
    half = "fp16" if model.stat().st_size < 3 * int(metadata["parameters"]) else "fp32"
    first, last = idle.run_frames
    settings = literal_eval(metadata["training_settings"])
    train, data = settings["train"], settings["data"]
    test = data["holdout"] or split.head_motion("test")
    chosen = data["validation"] or split.head_motion("development")
    begins = ", which begins at the reference with a new seed"
    if modes := int(metadata.get("idle.start_modes", 0)):
        begins = f""", which begins, with a new seed, at
a face in motion around the reference: a draw along the {modes} main modes of the training frames' offsets and velocities, {settings["idle"]["start_share"]:g}
standard deviations wide (tensor `idle.starts`, fitted by `mien_training.suhmo.starts`)"""
    return f"""# suhmo.safetensors: idle head and face motion

SUHMo's LSTM variant with the pair mechanism (Airale, Vaufreydaz, Alameda-Pineda 2022; spec §1), study size: hidden
{metadata['hidden']} (paper: 1024), {int(metadata['parameters']) / 1e6:.2f} M parameters, {half}. It makes 68 image landmarks {metadata['frame_rate_hz']} times a second from
nothing but a reference face and a seed. No run of the paper's size was trained. The Transformer variant (`model.kind:
transformer`) trains, is exported and runs in Swift as well (at the paper's size in fp16 1.3 ms of one core a frame, the LSTM
1.2), and is not shipped: it measures worse. This page is written by
`python -m mien_training.suhmo.evaluate --card Models/suhmo.md` (`make evaluate`).

## Architecture

{architecture(settings, int(metadata['hidden']))}

## Data

| source | share of the windows | minutes in training | held out |
| --- | --- | --- | --- |
{sources}

Takes are cut where the face jumps by a tenth of its height between two frames.

## What is lifted

All landmarks: the recordings hold Kinect points (signs) or MediaPipe estimates (clips); `mien_training.data` turns each into
52 coefficients and a pose, and the face basis (ICT-FaceKit, MIT) makes the 68 points from those.

## Licences

Weights: Apache-2.0. Recordings: {metadata['data_licences']}.

## Figures

**Against its baselines and ablations: [evaluation/suhmo.md](evaluation/suhmo.md)**, runs of 40 and 80 frames of `mien generate
runs`. The table below is of ten-minute idling, restarts and cross-fades included, against people and takes that it
has not seen ({', '.join(test)}): the network's own landmarks (PyTorch, which Swift follows
to 1e-5 a step) and what `mien generate idle` sends to a robot. Spectrum: root mean square difference of the velocity spectra of
yaw / pitch / roll in dB, 0.3 to 6 Hz. Fréchet: windows of 40 frames (way and velocity of all landmarks) in a space of 32
principal components. Drift: the most that a minute's mean leaves the first minute's. Angles come from the landmarks by one
closed-form fit for every row.

{table}

On the way to a robot `Sources/Motion/SUHMo/SUHMo+Composure.swift` takes slow offsets off (time constants 20 s for the head,
1.5 s for the coefficients) and limits the coefficients' deviation, turns and ways: in runs beyond the trained 40 frames the face's shape
wanders. All rows but the last of the table above are of the landmarks before that.

## Idling

Runs of {idle.run_frames[0]} to {idle.run_frames[1]} frames, each fading over {idle.cross_fade} frames into the next{begins} (spec §1.6).

`make soak` holds an hour of it to what it must not do: leave the training data's range, repeat a 4-second window, or drift (the
last ten minutes' means within a standard deviation of the first's).

## Why idling was slow

With a quarter of the windows from clips idling from the neutral face had half of people's speed, and a velocity spectrum that
fell too steeply above 2 Hz, though runs from real faces had not: a face at rest in front of the camera is seldom in the signs,
and often in the clips. Two things mended most of it: half of the windows are of clips, and runs begin at faces in motion, drawn
from the training frames' distribution. What each did on the development takes: [how settings were chosen](evaluation/suhmo-candidates.md).

What was left of it was for a part the spectral norm's: PyTorch's falls behind regression's steps, and velocities shrank when the
game began. With an exact one (`model.exact_norm`) yaw and pitch are faster, and roll, which is too fast, too
([all settings](evaluation/suhmo-candidates.md)).

## Limits

Not learned: eye directions, tongue and cheeks (68 points do not show them). Distance from the camera: the size of the face carries no
depth. Nothing ties the motion to speech or to a partner: interlocutors' pairs were not in the data, so pairs are random clips
(`pairing: {data["pairing"]}`). The signers sign: people who only listen move less. {beside_regression(found)} How far it is from people, and from strangers in
particular, is in the tables.

## Again

{metadata['steps']} of {train['steps']} steps of {train['pairs']} pairs, of which {train['warm_up']} a one-step regression before the adversarial
game, seed {train['seed']}. Settings, seed and checkpoint were chosen on {', '.join(chosen)} and the training takes, by
[a rule that was written first](evaluation/suhmo-candidates.md); the test takes were read by the tables alone. The rule that a
checkpoint must lie after the first step of the game was set after the test figures of an earlier study had been seen. From the
root of the checkout (about two minutes on one core, twice that on a busy one):

    make train-setup
    cd Training
    ../.venv/bin/python -m mien_training.suhmo.study --runs suhmo:{train['seed']}
    ../.venv/bin/python -m mien_training.suhmo.export --checkpoint ../runs/suhmo/suhmo-{train['seed']}/best.pt

So trained again, an earlier run of this code came out bit for bit; on another processor, or with more threads, rounding leads
elsewhere, as another seed would. Without `--runs` all rows and seeds of the table are trained. The configuration,
`Training/mien_training/suhmo/configs/study.yaml`, says where it departs from the paper.
"""
