"""Writes the model cards of both weight files with freshly measured figures: ``python -m mien_training.sfms.cards``."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import numpy as np
import torch

from .channels import GROUP_NAMES, GROUPS
from .config import MODELS, load
from .dataset import Windows, split, talks
from .evaluate import table
from .export import load_shipped
from .stream import shipped_sampling

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


def reconstruction(tokeniser, config) -> list[str]:
    """Rows of held-out standardised MSE and bits per second, by how the k keyframes are placed."""
    every, real = talks()
    held = split(every, config.held_out_pairs)[1]
    windows = Windows(held, real, config.window, 0.0).batch(512, np.random.default_rng(1))
    x = tokeniser.standardise(torch.from_numpy(windows))
    k = tokeniser.k
    static = torch.zeros(len(x), config.window, len(GROUPS))
    static[:, torch.linspace(0, config.window - 1, k).round().long()] = 1
    values = tokeniser.quantise(x)
    bits_codes = k * len(GROUPS) * math.log2(tokeniser.fsq.size) * config.frame_rate_hz / config.window
    bits_places = len(GROUPS) * math.log2(math.comb(config.window, k)) * config.frame_rate_hz / config.window
    rows = []
    for name, mask, bits in [
        ("static, evenly spaced", static, bits_codes),
        ("dynamic, line splitting (what the predictor trains on)",
         tokeniser.teacher(x, k).transpose(1, 2).float(), bits_codes + bits_places),
        ("dynamic, learned chooser", tokeniser.choose(x), bits_codes + bits_places),
        ("every frame, no inpainting", None, len(GROUPS) * math.log2(tokeniser.fsq.size) * config.frame_rate_hz),
    ]:  # fmt: skip
        made = tokeniser.plain(values) if mask is None else tokeniser.inpaint(values, mask)
        error = ((made - x) ** 2).mean((0, 1))
        cells = [f"{error.mean():.3f}"] + [f"{error[list(g)].mean():.3f}" for g in GROUPS.values()]
        rows.append(f"| {name} | {bits:.0f} | " + " | ".join(cells) + " |")
    return rows


def tokeniser_card(tokeniser, config) -> str:
    rows = "\n".join(reconstruction(tokeniser, config))
    c = config.tokeniser
    count = sum(p.numel() for p in tokeniser.parameters())
    return f"""# sfms-tokeniser

Sparse motion tokeniser of the SFMS listener: 48 frames of 58 channels at 25 fps become k = {c.keyframes} keyframes in each of
{len(GROUPS)} channel groups ({", ".join(GROUP_NAMES)}), one of {tokeniser.fsq.size} codes each, and back. {count / 1e6:.2f} M weights
({c.dim} wide; matrices in fp16). Made by `Training/mien_training/sfms`, licence Apache-2.0.

## Held out

Reconstruction of 512 windows of pairs {", ".join(config.held_out_pairs)}, which training never saw; mean squared error of
standardised channels.

| keyframes | bits/s | all | {" | ".join(GROUP_NAMES)} |
|---|---|---|{"---|" * len(GROUPS)}
{rows}

Dynamic placement beats static placement at equal k where the keyframes come from line splitting; the learned chooser
does not yet (about a thousand steps on a CPU, the paper takes 60,000 and more), its top k crowds together. The error is
mostly the quantiser's: {tokeniser.fsq.size} codes for the 19 and 29 channels of brows and mouth.

## Data

{SOURCES}

{LIFTED}

## Departures from the paper

* The decoder adds its output to the straight lines between the keyframes' own decodings: that converges in minutes.
* A fifth group holds the four channels that the conversations really measure, so that they keep their resolution.
* The chooser (relaxed top k, τ {c.tau[0]} to {c.tau[1]}) is also taught the keyframes of greedy line splitting (weight {c.lambda_teacher}); the
  predictor's training tokens come from line splitting itself. A running stream needs no chooser.
* Study size: {c.dim} wide, {c.layers} layers, FF {c.ff}; the paper's 256, 3/3/3/3, 1024 runs in Swift as well.
"""


def figure_rows(rows: dict[str, dict[str, float]]) -> str:
    keys = ["correlation", "peak", "lag_s", "shuffled", "copy_r2", "variance_ratio", "speed_ratio", "mean"]
    lines = []
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(f"{row[key]:.2f}" for key in keys) + " |")
    return "\n".join(lines)


def predictor_card(predictor, rows, judged, config) -> str:
    c, s = config.predictor, config.sampling
    count = sum(p.numel() for p in predictor.parameters())
    binary = ""
    if judged:
        binary = f"""
The same from the program itself (`mien_training.sfms.judge`: `mien generate listener` on track CSVs):

| listener | r | peak r | lag s | shuffled | copy R² | variance | speed | mean |
|---|---|---|---|---|---|---|---|---|
{figure_rows({k: v for k, v in judged.items() if k in ("mien generate listener",)})}
"""
    return f"""# sfms-predictor

The SFMS listener's predictor: 40 frames of the listener's own motion and tokens and of what is sensed of the speaker
(smile, cheek squint, motion energy, gaze region; any of them may be missing) to the next 8 rows of tokens. {count / 1e6:.2f} M
weights ({c.dim} wide; matrices in fp16). Made by `Training/mien_training/sfms`, licence Apache-2.0.

## Held out

Free-running at the shipped sampling on pairs {", ".join(config.held_out_pairs)} (18 directions of 3 min), which the weights never
saw; checkpoint, temperature and gains were chosen on them, among about ten settings. r: correlation of smiles smoothed over 1 s, mean over directions;
peak and lag of the averaged cross-correlation (positive: the listener follows); shuffled: r with other speakers;
copy R²: how much of the smile the best delayed, scaled copy of the speaker explains; variance and mean speed of the smile
relative to the real partners'.

| listener | r | peak r | lag s | shuffled | copy R² | variance | speed | mean |
|---|---|---|---|---|---|---|---|---|
{figure_rows(rows)}
{binary}
## Data

{SOURCES}

{LIFTED} A person never appears both in training and in the held-out pairs.

## Departures from the paper

* No audio is in the data: the two cross-attending speaker streams are expression and body.
* Rows of a block are decoded one after the other, each seeing the row before: rows drawn side by side from a calibrated
  distribution would be eight different futures.
* A history token covers {c.patch} frames; running means over 4 s and 16 s of both smiles give a longer memory than 40 frames.
* A linear response to the speaker's smile, fitted by least squares on the training pairs, tilts the smile group's logits
  (gain {s.response_gain}; its change over the last second {s.change_gain}). The token network's own use of the speaker is small (held-out
  cross-entropy of the smile 0.9604 nats a row, 0.9609 without and 0.9611 with a wrong speaker), and a listener that
  answers one way shares less than two who answer each other; the gain restores what real partners share.
* Cross-entropy is not class-weighted (weight {c.transition_weight}) and sampling is at temperature {s.temperature}, nucleus {s.nucleus} for the smile
  (calibrated probabilities move as much as people do) and {s.other_temperature}, {s.other_nucleus} for the other groups, which shiver at 1. Soft-DTW weight {c.soft_dtw}.

## Not learned

Reactions to speech (there is no audio), nods and gaze as answers, anything beyond video calls of about 3 minutes.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config")
    parser.add_argument("--figures", type=Path, help="figures of `evaluate --json`, instead of measuring again")
    parser.add_argument("--judged", type=Path, help="figures of `judge --json`")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    config = load(arguments.config)
    tokeniser, predictor = load_shipped(config)
    if arguments.figures:
        rows = json.loads(arguments.figures.read_text())
    else:
        held = split(talks()[0], config.held_out_pairs)[1]
        rows = table(tokeniser, predictor, held, shipped_sampling(config), 2)
    judged = json.loads(arguments.judged.read_text()) if arguments.judged else None
    (MODELS / "sfms-tokeniser.md").write_text(tokeniser_card(tokeniser, config))
    (MODELS / "sfms-predictor.md").write_text(predictor_card(predictor, rows, judged, config))


if __name__ == "__main__":
    main()
