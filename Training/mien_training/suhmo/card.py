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

{metadata['steps']} steps of 8 pairs, of which {config.train.warm_up} a one-step regression before the adversarial game, without the
configuration's energy term, which later runs had. Checkpoint and restart were chosen by the table above among some
twenty settings: the held-out takes are development data, not an untouched test.
`Training/mien_training/suhmo/config.yaml` holds the later runs' numbers and says where it
departs from the paper.

Begun away from the reference, the trained network is chaotic: PyTorch beside itself, with weights changed by 1e-7 of
themselves, is 1e-2 off after some hundred frames. Runs begin at the reference, and there it is not: Swift follows PyTorch
through 1,000 frames and their restarts.

On the way to a robot `Sources/Motion/SUHMo/SUHMo+Composure.swift` takes slow offsets off (time constants 20 s for the head,
1.5 s for the coefficients) and limits the coefficients' deviation: in runs beyond the trained 40 frames the face's shape
wanders and the jaw gapes. The table is of the landmarks before that.

## Idling

Runs of {config.idle.run_frames[0]} to {config.idle.run_frames[1]} frames, each fading over {config.idle.cross_fade} frames into the next, which begins at the reference with a new
seed (spec §1.6).

## Not learned

Eye directions, tongue and cheeks (68 points do not show them). Distance from the camera: the size of the face carries no
depth. Translation of the moves. Nothing ties the motion to speech or to a partner: interlocutors' pairs were not in the
data, so pairs are random clips (`pairing: random`).
"""
