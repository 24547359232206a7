"""What the listener's figures owe to the seed of its training: ``python -m mien_training.sfms.seeds [--folder FOLDER]``.

    python -m mien_training.sfms.folds train --seed 12
    python -m mien_training.sfms.folds table --seed 12 --binary BINARY --json FOLDER/sfms-folds-12.json
    python -m mien_training.sfms.listening --binary BINARY --models WORK/seeds/12/models --json FOLDER/sfms-listening-12.json

The listener was trained from several seeds (tokeniser, predictor, response, calibration with its choice, gain; in every fold of
the pairs), all else alike; the first ships, whatever the others measure. A training's figure is the mean over its draws; stated
are mean and standard deviation over trainings. Places: among the baselines, by the mean and by each training alone.

Reads ``sfms-folds.json`` and ``sfms-listening.json``, which are of the seed that ships, and those of the others beside them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .config import MODELS
from .figures import introduction
from .listening_page import COLUMNS, NAMES, legend, title, verdict
from .rows import ORDERED, REAL, order, place

#: Seeds of training beside the configuration's.
OTHERS = (12, 13)
#: The tables that are stated over seeds, and their headings.
STATED = {"sfms-folds": "All pairs, five folds", "sfms-listening": "Test pairs of the split (training 1 ships)"}
#: Figures without an order that are stated, too.
BESIDE = ("r_smooth", "r_partner", "mean_smile", "speed")

#: What ± stands for here.
TRAININGS = "standard deviation over trainings, each of a seed of its own; draws of one training are in [the listening tables](sfms-listening.md)"


@dataclass
class Figure:
    """A figure as it is stated: over so many seeds."""

    mean: float
    deviation: float
    seeds: int

    def __str__(self) -> str:
        return f"{self.mean:.4g}" + (f" ± {self.deviation:.2g}" if self.seeds > 1 else "")


def over(values: list[float]) -> Figure:
    """A figure over seeds; one alone has no deviation."""
    return Figure(float(np.mean(values)), float(np.std(values, ddof=1)) if len(values) > 1 else 0.0, len(values))


def tables(name: str) -> tuple[str, ...]:
    """The files of a table, one a training; what ships comes first."""
    return (f"{name}.json", *(f"{name}-{seed}.json" for seed in OTHERS))


def files(folder: Path) -> list[Path]:
    """The tables that a folder's page reads, as far as they are there."""
    return there(folder, (file for name in STATED for file in tables(name)))


def there(folder: Path, names: Iterable[str]) -> list[Path]:
    """Those of a folder's files that are there."""
    return [path for name in names if (path := folder / name).exists()]


def read(folder: Path, names: tuple[str, ...]) -> list[dict]:
    """The JSON of all these files, of none where one is missing."""
    found = there(folder, names)
    return [json.loads(path.read_text()) for path in found] if len(found) == len(names) else []


def of_all(trainings: list[dict]) -> dict:
    """The first training's table with SFMS's rows the means over all trainings."""
    mean = lambda kind, key: over([found[kind]["SFMS"][key] for found in trainings]).mean  # noqa: E731
    keys = (*ORDERED, *BESIDE)
    return {
        kind: own | {"SFMS": {key: mean(kind, key) for key in keys if key in own["SFMS"]}}
        for kind, own in trainings[0].items()
    }


def rows(trainings: list[dict], kinds: tuple[str, ...] = tuple(NAMES)) -> list[str]:
    """Every figure over the trainings, beside the real partners' and the best baseline's, as Markdown."""
    count, mean = len(trainings), of_all(trainings)
    heads = ["channels", "figure", "real partners", *(f"training {n + 1}" for n in range(count)), "mean ± deviation"]
    heads += ["best baseline", "place", "places alone"]
    out = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for kind in kinds:
        for key in [key for key in (*ORDERED, *BESIDE) if key in mean[kind]["SFMS"]]:
            values = [found[kind]["SFMS"][key] for found in trainings]
            cells = [title(kind), COLUMNS[key], f"{max(mean[kind][REAL[0]][key], 0):.4f}", *(f"{value:.4f}" for value in values)]
            cells.append(str(over(values)))
            if key in ORDERED:
                names = order(kind, mean[kind], key)
                best = next(name for name in names if name != "SFMS")
                alone = [place(kind, mean[kind] | {"SFMS": found[kind]["SFMS"]}, key) for found in trainings]
                cells += [f"{best}, {mean[kind][best][key]:.4f}", f"{place(kind, mean[kind], key)} of {len(names)}", ", ".join(map(str, alone))]
            else:
                cells += ["", "", ""]
            out.append("| " + " | ".join(cells) + " |")
    return out


def page(folder: Path) -> str:
    """All tables that are there of every seed, as Markdown."""
    parts = ["# The listener over seeds of its training\n", introduction(__doc__) + "\n"]
    parts.append("\n".join(legend((*ORDERED, *BESIDE), TRAININGS)) + "\n")
    for name, heading in STATED.items():
        if trainings := read(folder, tables(name)):
            parts += [f"## {heading}\n", "\n".join(rows(trainings)) + "\n", "By the mean over trainings:\n"]
            parts.append("\n".join(verdict(of_all(trainings))) + "\n")
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=MODELS / "evaluation", help="of the tables' JSON")
    print(page(parser.parse_args().folder), end="")


if __name__ == "__main__":
    main()
