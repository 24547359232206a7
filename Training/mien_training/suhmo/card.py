"""The card of the shipped model, written by `evaluate`."""

from __future__ import annotations

from pathlib import Path

from .config import Config, Idle
from .data import Sequence


def _minutes(sequences: list[Sequence], source: str) -> str:
    return f"{sum(len(s.landmarks) for s in sequences if s.source == source) / 25 / 60:.1f}"


def card(
    config: Config, idle: Idle, metadata: dict[str, str], training: list[Sequence], held_out: list[Sequence],
    table: str, model: Path,
) -> str:
    sources = "\n".join(
        f"| {name} | {share:g} | {_minutes(training, name)} | {_minutes(held_out, name)} |"
        for name, share in config.data.sources.items()
    )
    half = "fp16" if model.stat().st_size < 3 * int(metadata["parameters"]) else "fp32"
    first, last = idle.run_frames
    return f"""# suhmo.safetensors: idle head and face motion

SUHMo's LSTM variant with the pair mechanism (Airale, Vaufreydaz, Alameda-Pineda 2022; spec §1), hidden size
{metadata['hidden']} (paper: 1024), {int(metadata['parameters']) / 1e6:.2f} M parameters, {half}. It makes 68 image landmarks 25 times a second from
nothing but a reference face and a seed. This page is written by
`python -m mien_training.suhmo.evaluate --card Models/suhmo.md`.

## Figures

Against people and takes it has not seen ({', '.join(config.data.holdout)}; the moves are a puppet's and do not count as people).
Spectrum: root mean square difference of the velocity spectra of yaw / pitch / roll in dB, 0.3 to 6 Hz. Fréchet: windows of
40 frames (way and velocity of all landmarks) in a space of 24 principal components. Drift: the most that a minute's mean
leaves the first minute's. Angles come from the landmarks by one closed-form fit for every row.

{table}

## Trained on

| source | share of the windows | minutes in training | held out |
| --- | --- | --- | --- |
{sources}

{metadata['data_licences']}. All landmarks are lifted: the recordings hold Kinect points (signs), head angles alone (moves)
or MediaPipe estimates (clips); `mien_training.data` turns each into 52 coefficients and a pose, and the face basis
(ICT-FaceKit, MIT) makes the 68 points from those. Weights: Apache-2.0.

{metadata['steps']} steps, of which {config.train.warm_up} a one-step regression before the adversarial game: the first 8,000 of 8
pairs without the energy term, the rest, resumed, of {config.train.pairs} pairs with it and with run starts drawn at random. The shipped
weights are the last saved ones, and the idling's carry was set by the table above: the held-out takes are development
data, not an untouched test. `Training/mien_training/suhmo/config.yaml` holds the second part's numbers and says where it
departs from the paper.

The trained network is chaotic: PyTorch beside itself, with states changed by a millionth of themselves, is 1e-2 off after
300 frames. Swift follows PyTorch within 1e-3 up to the first restart; with random weights, restarts included, for 1,000
frames.

On the way to a robot `Sources/Motion/SUHMo/SUHMo+Composure.swift` takes slow offsets off (time constants 20 s for the head,
1.5 s for the coefficients) and limits the coefficients' deviation: in runs beyond the trained 40 frames the face's shape
wanders and the jaw gapes. The table is of the landmarks before that.

## Idling

Runs of {first} to {last} frames, each fading into the next over {idle.cross_fade} frames. The next run starts at the reference plus
{idle.carry:g} of the present offset from it, not at the neutral pose: the pull to neutral every four seconds would show in the
spectrum.

## Not learned

Eye directions, tongue and cheeks (68 points do not show them). Distance from the camera: the size of the face carries no
depth. Translation of the moves. Nothing ties the motion to speech or to a partner: interlocutors' pairs were not in the
data, so pairs are random clips (`pairing: random`).
"""
