"""The listening table over everyone: five folds of all pairs, everything trained anew without the fold's own.

    python -m mien_training.sfms.folds train --fold 1 [--seed 12] [--dense vq-dense large-dense]
    python -m mien_training.sfms.folds table --binary .build/release/mien [--json FILE]

Three pairs decide little (``mien_training.sfms.certainty``). In each fold of ``Training/split.yaml`` tokeniser, predictor,
response, calibration with its choice, fitted mimicry and the dense predictors are made from the other pairs, with the listener's
own configuration and rule, and answer the fold's pairs, through ``mien generate listener``. Fold 0 is the split that ships:
its networks are those of ``mien_training.sfms.train`` and ``mien_training.sfms.dense``. Weights, calibration and gain of a fold
never met its pairs; how the listener is built, and its temperature, were found while thirteen of the sixteen were training and
development pairs; the gain became a step of training, and the spread within sessions and the share of the tempers choices, after
looks at this table, as the rule of choice came to have figures of each sequence alone; the smoothing became a step after a look at
the motion itself. A training listener's real segment is what a listener would do that had learned all that its training partners
do, and nothing of whom they answered.

Each fold's files lie in a folder of its own beside the listener's. The table needs none of them: where a fold was not trained here
the weights in ``Models/folds`` answer, and rows of dense predictors stay as they are in the JSON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
from safetensors import safe_open

from . import listening
from .config import BINARY
from .dataset import part
from .dense import PLAIN
from .export import PREDICTOR
from .figures import introduction
from .fold import FOLDS, Fold
from .gain import CONFIG
from .listening_page import COLUMNS, of_before, page
from .rows import NOISE, SETS, indices, learnable, mean_rows, row, rows_by_channels
from .splits import pairs_of
from .talk import Talk, faces
from .train import seeded

#: Dense rows and what the listening table calls them.
DENSE = {"vq-dense": "dense VQ predictor", "large-dense": "dense FSQ predictor"}


def run(module: str, *rest) -> None:
    subprocess.run([sys.executable, "-m", f"mien_training.sfms.{module}", *map(str, rest)], check=True)


def are_trained() -> bool:
    """Whether every fold's listener was trained here."""
    return all(Fold(number).is_trained for number in FOLDS[1:])


def train(fold: Fold) -> None:
    """The fold's listener, as ``mien_training.sfms.train`` makes the one that ships."""
    with fold.entered():
        for step in ("train_tokeniser", "train_predictor"):
            run(step, *seeded(fold.seed))
        for step in ("calibrate", "gain"):
            run(step)
        run("export", "--config", fold.place / CONFIG, "--half", "--models", fold.models)


def train_dense(fold: Fold, row: str) -> None:
    """A dense predictor of the fold, which answers as it draws."""
    with fold.entered():
        run("study", row)
        run("dense", row, "--only", "train")
        run("dense", row, "--only", "plain")


def answers(fold: Fold, binary: str, seeds: int) -> tuple[list[Talk], np.ndarray, np.ndarray, dict, dict]:
    """The fold's conversations, its sensed faces and real partners (N, T, 58), all listeners' runs by name, and how far from
    its partners is what its training partners teach (``learnable``)."""
    with fold.entered():
        talks, train = (part(name)[0] for name in ("test", "training"))
        speakers, known, real = faces(talks)
        taught = learnable(real, faces(train)[2])
        runs = listening.untrained(train, known, seeds, "mimicry, at the best delay")
        folders = {name: fold.place / f"listen-{row}" / PLAIN for row, name in DENSE.items()}
        folders = {name: own for name, own in folders.items() if (own / PREDICTOR).exists()}
        for name, own in (folders | {"SFMS": fold.weights()}).items():
            runs[name] = listening.runs_of(binary, speakers, seeds, own)
    return talks, known, real, runs, taught


def by_fold(sizes: list[int], listeners: dict[str, list[np.ndarray]], real, known, index) -> list[str]:
    """Of each fold the measured channels' figures of real partners, fitted mimicry and SFMS, as Markdown."""
    keys = ("fd", "paired_fd", "variance", "si", "rpcc")
    out = ["| fold | pairs | listener | " + " | ".join(COLUMNS[key] for key in keys) + " |", "|---" * 8 + "|"]
    first = 0
    for fold, size in zip(FOLDS, sizes):
        own = slice(first, first + size)
        first += size
        for name in ("real partners", NOISE, "SFMS"):
            rows = [row(m[own], real[own], known[own], "measured", index) for m in listeners[name]]
            found = mean_rows(rows)
            cells = [str(fold), ", ".join(pairs_of(str(fold))["test"]), name, *(f"{max(found[key], 0):.4f}" for key in keys)]
            out.append("| " + " | ".join(cells) + " |")
    return out


def choices(seed: int | None = None) -> list[str]:
    """What each fold's calibration and gain were chosen to be, as Markdown."""
    out = ["| fold | running values of smile and cheek, of the rest | spread led back | channels mixed | tempers | spread of smile and cheek | of the rest | gain |"]
    out.append("|---" * 8 + "|")
    for fold in (Fold(number, seed) for number in FOLDS):
        chosen = json.loads(fold.told.read_text())["chosen"]
        seconds = " s, ".join(f"{1 / chosen[key] / 25:.0f}" for key in ("rate", "rest")) + " s"
        kept = f"the sparest {100 * chosen['sparest']:.0f} %" if chosen["sparest"] < 1 else "all"
        whose = "their own" if chosen["own"] else "everyone's"
        tempers = f"{kept}, at {whose} spread" if chosen["tempers"] else "none"
        rest = "within sessions" if chosen["within"] else "the population's"
        yes = lambda key: "yes" if chosen[key] else "no"  # noqa: E731
        with safe_open(fold.weights() / PREDICTOR, "pt") as file:
            gain = file.metadata()["response_gain"]
        cells = [str(fold.number), seconds, yes("steady"), yes("mixes"), tempers, str(chosen["spread"]), rest, gain]
        out.append("| " + " | ".join(cells) + " |")
    return out


def table(binary: str, seeds: int, before: dict, seed: int | None = None) -> tuple[dict, str]:
    """The rows of all folds together and the page about them; rows that are not made in every fold here stay as they were
    in the table ``before``. ``seeds``: how many draws of each listener; ``seed``: of its training, if not the configuration's."""
    parts = [answers(Fold(number, seed), binary, seeds) for number in FOLDS]
    talks = [talk for own, *_ in parts for talk in own]
    known, real = (np.concatenate([part[place] for part in parts]) for place in (1, 2))
    every = [part[3] for part in parts]
    names = [name for name in every[0] if all(name in runs for runs in every)]
    if missing := {name for runs in every for name in runs} - set(names):
        print(f"not made in every fold here: {', '.join(sorted(missing))}", file=sys.stderr)
    listeners = listening.real_rows(real)
    listeners |= {name: [np.concatenate(own) for own in zip(*(runs[name] for runs in every))] for name in names}
    with Fold(0).entered():
        index = indices(faces(part("training")[0])[2])
    taught = {kind: np.concatenate([part[4][kind] for part in parts]) for kind in SETS}
    found = rows_by_channels(listeners, real, known, index, taught)
    kept = listening.keep(found, before)
    listening.certain(found, listeners, real, known, index, talks, before)
    words = introduction(__doc__) + " Clusters of SI are those of [the listening table](sfms-listening.md), the same for every listener and fold."
    folds = by_fold([len(own[1]) for own in parts], listeners, real, known, index)
    text = page(found, words + of_before(kept), "Listening, all pairs")
    text += "\n## Fold by fold: smile and cheek\n\n" + "\n".join(folds) + "\n"
    text += "\n## What each fold chose on its own training and development pairs\n\n" + "\n".join(choices(seed)) + "\n"
    return found, text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["train", "table"])
    parser.add_argument("--fold", type=int, choices=FOLDS, help="the one to train (default: all; fold 0 ships, by mien_training.sfms.train)")
    parser.add_argument("--seed", type=int, help="of the training, instead of the configuration's; its folds, the one that ships among them, lie beside the others")
    parser.add_argument("--dense", nargs="*", default=[], choices=DENSE, help="dense predictors to train after the listener")
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--seeds", type=int, default=3, help="of drawing (default: 3)")
    parser.add_argument("--json", type=Path, help="written; rows that are not made here stay as they are in it")
    arguments = parser.parse_args()
    if arguments.what == "table":
        found, text = table(arguments.binary, arguments.seeds, listening.earlier(arguments.json), arguments.seed)
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1) + "\n")
        print(text, end="")
        return
    if arguments.fold == 0 and arguments.seed is None:
        parser.error("--fold 0 ships, by mien_training.sfms.train; expected 1 to 4, or a --seed")
    numbers = FOLDS if arguments.fold is None else [arguments.fold]
    for fold in [fold for fold in (Fold(number, arguments.seed) for number in numbers) if not fold.ships]:
        train(fold)
        for name in arguments.dense:
            train_dense(fold, name)


if __name__ == "__main__":
    main()
