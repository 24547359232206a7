"""Trains every row of SUHMo's study: `python -m mien_training.suhmo.study [--runs suhmo:1 mle:1 ...]`.

All rows share the data, the sizes and the number of steps; a row differs from the first in the settings named here alone.
A run that is complete is passed over, another resumed; one of other settings ends the command.
"""

from __future__ import annotations

import argparse
import copy
from pathlib import Path

import torch

from ..run import checkpoint, processes
from ..run.errors import in_a_line
from .config import Config, checked
from .data import Windows
from .tracks import load
from .train import RUNS, Trainer, same_settings

STUDY = Path(__file__).with_name("configs") / "study.yaml"
NO_JUDGES = {"frame": 0.0, "sequence": 0.0, "joint": 0.0}

#: What each row changes, by `section.key`.
ROWS: dict[str, dict[str, object]] = {
    "suhmo": {},
    "mle": {
        "loss.adversarial": NO_JUDGES, "loss.structure": 0.0, "loss.energy": 0.0, "loss.one_step": 0.0,
        "loss.l2_predicted": 1.0, "train.rate_generator": 1e-4,  # its own: no judge leads its runs
    },
    "delta": {"model.displacement": True},
    "one-sample-generator": {"model.pair_pool": False},
    "one-sample-judges": {"loss.adversarial": {"frame": 1.0, "sequence": 1.0, "joint": 0.0}},
    "one-window": {"discriminator.window_range": [40, 40]},
    "one-step": {"train.teacher_forced": True},
    "transformer": {  # settings of its own: with the LSTM's its regression ends too early, and at a higher rate it runs off
        "model.kind": "transformer", "model.exact_norm": False, "train.warm_up": 1600, "train.warm_up_ramp": 100,
        "train.warm_up_average": 0.98, "train.steps": 1800, "train.check_every": 100, "train.rate_generator": 1e-6,
        "train.rate_discriminator": 2e-4, "train.feedback_gradient": 1.0, "train.decay_in_game": False,
    },
}

#: How many seeds each row has in the table, 1 and on. The ablations' were fixed at the whole model's six before test takes were
#: read with any beyond the third: none is added because of what a ratio was. The Transformer's third was trained after its first two
#: had been read, because everything adversarial has three; the regression's six after all the others.
SEEDS = {
    "suhmo": 6, "mle": 4, "delta": 6, "one-sample-generator": 6, "one-sample-judges": 6, "one-window": 6, "one-step": 6,
    "transformer": 3,
}


def configured(base: Config, row: str, seed: int, steps: int | None = None) -> Config:
    """The settings of a row's run."""
    config = copy.deepcopy(base)
    for place, value in ROWS[row].items():
        section, key = place.split(".")
        setattr(getattr(config, section), key, value)
    config.train.seed = seed
    if steps:
        config.train.steps = steps
    return config


def is_complete(config: Config, folder: Path) -> bool:
    """Whether a run is done, with as many steps; stops where what is there is of other settings. One that keeps no last checkpoint
    cannot say of which it is, and passes."""
    last = folder / "last.pt"
    if not (folder / "done").exists() or not last.exists():
        return (folder / "done").exists()
    with in_a_line():
        state = checkpoint.needed(last, "config", "step")
        same_settings(last, state, config)
    return state["step"] >= config.train.steps


def train(config: Config, folder: Path, tracks: Path | None, afresh: bool = False, device: torch.device | str = "cpu") -> None:
    """One run, from where it stands, or from its first step, to its last."""
    folder.mkdir(parents=True, exist_ok=True)
    with in_a_line():
        training, validation = load(tracks, config.data)
        trainer = Trainer(config, Windows(training, config.data), Windows(validation, config.data), device)
    if (folder / "last.pt").exists() and not afresh:
        with in_a_line():
            trainer.resume(folder / "last.pt")
    (folder / "done").unlink(missing_ok=True)  # of fewer steps, or of the run before
    trainer.run(folder, float("inf"))
    (folder / "done").touch()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=STUDY)
    parser.add_argument("--output", type=Path, default=RUNS / "suhmo", help="a folder; each run gets ROW-SEED in it")
    parser.add_argument("--tracks", type=Path, help="folder of lifted tracks (mien_training.data.prepare)")
    parser.add_argument("--runs", nargs="+", metavar="ROW:SEED", help="these in this order (default: those of the table)")
    parser.add_argument("--steps", type=int, help="instead of the configuration's")
    parser.add_argument("--afresh", action="store_true", help="begin again where a run would be passed over or go on")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    arguments = parser.parse_args()
    device = processes.start(arguments.device)
    seeds = range(1, 1 + max(SEEDS.values()))
    runs = arguments.runs or [f"{row}:{seed}" for seed in seeds for row in ROWS if seed <= SEEDS.get(row, 0)]
    for run in runs:
        row, _, seed = run.partition(":")
        folder = arguments.output / f"{row}-{seed}"
        if row not in ROWS or not seed.isdigit():
            parser.error(f"--runs: found {run!r}, expected ROW:SEED with a row of {', '.join(ROWS)}")
        with in_a_line():
            config = configured(Config.load(arguments.config), row, int(seed), arguments.steps)
            checked(config, f"{arguments.config}, row {row}")
        if not arguments.afresh and is_complete(config, folder):
            continue
        processes.say(f"== {row}, seed {seed}")
        train(config, folder, arguments.tracks, arguments.afresh, device)
    processes.stop()


if __name__ == "__main__":
    main()
