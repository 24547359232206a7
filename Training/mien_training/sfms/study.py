"""Trains the rows of the reconstruction study: ``python -m mien_training.sfms.study [ROW ...] [--minutes M]``.

All rows share windows, sizes and steps; a row differs from the shared settings in what is named here alone. Rows with the
same groups and codes share one set of trained quantisers. A run that is complete is passed over, another resumed; one of other
settings ends the command. The data line of ``study.yaml`` may name a published set, with a MIEN_WORK of its own.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from types import SimpleNamespace

import torch

from ..run import checkpoint, processes
from .config import load, work_root
from .train_tokeniser import train
from .trainer import entries, same_settings

STUDY = Path(__file__).with_name("study.yaml")

FINE = 0.3  # step of a fine code along each principal component, in deviations of a channel
SMALL = [8, 6, 5]  # 240 codes, the paper's
LARGE = [8, 5, 5, 5]  # 1,000 codes

ROWS: dict[str, dict[str, object]] = {
    # Five groups, one fine code a keyframe and group.
    "fine-dynamic": dict(placement="exact", levels=FINE),
    "fine-static": dict(placement="static", levels=FINE),
    # The paper's: 240 codes a channel, each channel with keyframes of its own.
    "channel-dynamic": dict(placement="exact", levels=[240], groups="58", quantiser_steps=0),
    "channel-static": dict(placement="static", levels=[240], groups="58", quantiser_steps=0),
    # Five groups, 240 codes each, FSQ and VQ.
    "small-dynamic": dict(placement="exact", levels=SMALL),
    "small-static": dict(placement="static", levels=SMALL),
    "vq-dynamic": dict(placement="exact", levels=None),
    "vq-static": dict(placement="static", levels=None),
    # Keyframes placed for what the codes keep of a frame, not for the frame itself.
    "fine-coded": dict(placement="coded", levels=FINE),
    "small-coded": dict(placement="coded", levels=SMALL),
    "vq-coded": dict(placement="coded", levels=None),
    # Every frame a token: few codes cost as many bits as sparse keyframes of many do.
    "two-dense": dict(placement="dense", levels=[2]),
    "quad-dense": dict(placement="dense", levels=[2, 2]),
    "six-dense": dict(placement="dense", levels=[3, 2]),
    "vq-dense": dict(placement="dense", levels=None),
    "small-dense": dict(placement="dense", levels=SMALL),
    "large-dense": dict(placement="dense", levels=LARGE),
    # And as many codes as cost just more than ten fine keyframes of five groups, seven and ten of the paper's 58.
    "coarsest-dense": dict(placement="dense", levels=2.65),
    "coarser-dense": dict(placement="dense", levels=1.88),
    "coarse-dense": dict(placement="dense", levels=1.37),
    # Learned choosers: the paper's relaxed top-k, and learned scores beside the line error.
    "fine-top-k": dict(placement="top-k", levels=FINE),
    "fine-path": dict(placement="path", levels=FINE),
    # What is done for them, and for the inpainter, left out: the paper's relaxed top-k by itself, with Gumbel noise and nobody to
    # teach it; one rate for all weights from the first step; as many keyframes in every batch.
    "fine-untaught": dict(placement="top-k", levels=FINE, noise=1.0, teach=0.0, tau=[2.0, 0.4]),
    "fine-together": dict(placement="top-k", levels=FINE, lr_chooser=1.0e-3, freeze_chooser=0.0),
    "fine-ten": dict(placement="exact", levels=FINE, train_keyframes=[10]),
    # Other groups, fine codes.
    "one-dynamic": dict(placement="exact", levels=FINE, groups="1"),
    "one-static": dict(placement="static", levels=FINE, groups="1"),
    "four-dynamic": dict(placement="exact", levels=FINE, groups="4"),
    "four-static": dict(placement="static", levels=FINE, groups="4"),
}  # fmt: skip


def folder() -> Path:
    path = work_root() / "study"
    path.mkdir(exist_ok=True)
    return path


def settings(row: str, seed: int | None) -> SimpleNamespace:
    """A row's configuration."""
    return load(STUDY, tokeniser=ROWS[row], **({} if seed is None else {"seed": seed}))


def codes(config: SimpleNamespace) -> Path:
    """Where trained quantisers lie, for all rows with the same groups and codes."""
    c = config.tokeniser
    return folder() / f"codes-{c.groups}-{c.levels}-{config.seed}.pt".replace(" ", "")


def run(row: str, minutes: float, seed: int | None = None, device: torch.device | str = "cpu", afresh: bool = False) -> None:
    """Trains one row, unless it is done; stops where what is there is of other settings, but for how long it trains. ``afresh``: all
    but its codes begins again, whatever is there."""
    config = settings(row, seed)
    path = folder() / (row + ("" if seed is None else f"-{seed}") + ".pt")
    state = None if afresh else checkpoint.load(path)
    if state is not None and "config" in state:
        same_settings(path, state, entries(config, "tokeniser"))
    if state is not None and state["step"] >= config.tokeniser.steps:
        return
    processes.say(f"== {row}")
    train(config, path, minutes, codes(config), device, afresh)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)} (default: all)")
    parser.add_argument("--minutes", type=float, default=1e9, help="for each row, at most")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--afresh", action="store_true", help="begin the rows and their codes again, whatever is there")
    arguments = parser.parse_args()
    if unknown := [row for row in arguments.rows if row not in ROWS]:
        parser.error(f"argument ROW: {unknown[0]} is no row, expected one of {', '.join(ROWS)}")
    device = processes.start(arguments.device)
    rows = arguments.rows or list(ROWS)
    for row in rows if arguments.afresh else []:
        codes(settings(row, arguments.seed)).unlink(missing_ok=True)
    for row in rows:
        run(row, arguments.minutes, arguments.seed, device, arguments.afresh)
    processes.stop()


if __name__ == "__main__":
    main()
