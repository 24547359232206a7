"""Whether a second training gives the figures of the first: ``python -m mien_training.retrained [BEFORE.json AFTER.json]``.

    python -m mien_training.suhmo.study --output ../runs/again
    python -m mien_training.suhmo.tables --study ../runs/again --mien ../.build/release/mien --output ../runs/suhmo-again
    python -m mien_training.retrained ../Models/evaluation/suhmo.json ../runs/suhmo-again.json

Every figure of a row was stated as a mean and a standard deviation: of seeds of training for SUHMo, of seeds of drawing for
listeners, whose networks were trained once each time. Off: how far the second mean lies from the first, in deviations of the
first. Two trainings that differ by their seeds alone lie within one deviation in as many figures as "expected" says, from the
number of seeds (normal and independent figures; these hang together, so that all may be off at once). Weights that came out bit
for bit the same are counted, for they prove nothing. Between SFMS's two trainings its calibration was changed: channels other
than smile and cheek got the spread that they have within sessions. Dense predictors answered through PyTorch the first time.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .sfms.figures import introduction
from .sfms.folds import DENSE
from .suhmo.export import MODELS
from .suhmo.study import ROWS
from .suhmo.tables_page import ablations, reading

#: The trainings whose figures lie in `Models/evaluation`: what is compared, before, after, and which rows; None: all.
KNOWN = (
    ("SUHMo's study", "suhmo.json", "suhmo-again.json", None),
    ("SFMS in every fold", "sfms-folds-first.json", "sfms-folds-again.json", ["SFMS"]),
    ("Dense predictors in every fold", "sfms-folds-first.json", "sfms-folds.json", list(DENSE.values())),
)
SPREAD = "_spread"
#: Of listeners: the mean size of a frame's step in the tables of the first trainings, its root mean square since.
OTHERWISE = "speed"
#: Seeds of drawing in the listening tables.
DRAWS = 3


@dataclass
class Figure:
    """A figure as it is stated: over so many seeds."""

    mean: float
    deviation: float
    seeds: int


def flat(row: dict, prefix: str = "") -> dict[str, float]:
    """The numbers of a nested row, by their place in it; lists, and what says nothing of motion, are left out."""
    found = {}
    for key, value in row.items():
        if isinstance(value, dict):
            found |= flat(value, f"{prefix}{key}, ")
        elif isinstance(value, float):
            found[prefix + key] = value
    return found


def of_study(found: dict) -> dict[str, dict[str, Figure]]:
    """The rows of ``mien_training.suhmo.tables``'s JSON that have several seeds."""
    out = {}
    for row in ROWS:
        seeds = [flat(values) for name, values in sorted(found.items()) if name.rpartition("-")[0] == row]
        if len(seeds) > 1:
            columns = {key: [seed[key] for seed in seeds] for key in seeds[0] if all(key in seed for seed in seeds)}
            out[row] = {key: Figure(float(np.mean(v)), float(np.std(v, ddof=1)), len(v)) for key, v in columns.items()}
    return out


def of_listeners(found: dict) -> dict[str, dict[str, Figure]]:
    """The rows of a listening table's JSON that have several draws."""
    out: dict[str, dict[str, Figure]] = {}
    for kind, rows in found.items():
        for name, values in rows.items():
            own = {key: values[key + SPREAD] for key in values if key + SPREAD in values and key != OTHERWISE}
            figures = {f"{kind}, {key}": Figure(values[key], deviation, DRAWS) for key, deviation in own.items()}
            out[name] = out.get(name, {}) | figures
    return out


def read(found: dict) -> dict[str, dict[str, Figure]]:
    """The rows of either."""
    return of_listeners(found) if "measured" in found else of_study(found)


def expected(before: int, after: int, most: float = 1.0) -> float:
    """In what share of figures two means over so many seeds lie within ``most`` deviations of each other."""
    return math.erf(most / math.sqrt(1 / before + 1 / after) / math.sqrt(2))


def same_weights(before: dict, after: dict, row: str) -> int:
    """How many of a row's runs have the same weights, bit for bit."""
    runs = [name for name in before if name.rpartition("-")[0] == row and name in after]
    return sum(before[name].get("weights") == after[name].get("weights") for name in runs)


def compared(before: dict, after: dict, rows: list[str] | None = None) -> list[str]:
    """The table of two trainings' JSON, as Markdown; rows that are not in both, or were not trained anew, are left out."""
    out = ["| | figures | seeds | within one deviation | expected | within two | mean of what it is off | most |", "|---" * 8 + "|"]
    first, second = read(before), read(after)
    for name in first:
        shared = {key: (old, second[name][key]) for key, old in first[name].items() if key in second.get(name, {})}
        shared = {key: both for key, both in shared.items() if both[0].deviation > 0}
        same = all(old == new for old, new in shared.values())
        if not shared or same or (rows is not None and name not in rows):
            continue
        off = {key: (new.mean - old.mean) / old.deviation for key, (old, new) in shared.items()}
        far = max(off, key=lambda key: abs(off[key]))
        old, new = next(iter(shared.values()))
        seeds = f"{old.seeds}, {new.seeds}" + (f" ({again} bit for bit)" if (again := same_weights(before, after, name)) else "")
        within = [np.mean([abs(value) <= most for value in off.values()]) for most in (1, 2)]
        cells = [name, str(len(off)), seeds, f"{within[0]:.0%}", f"{expected(old.seeds, new.seeds):.0%}", f"{within[1]:.0%}"]
        cells += [f"{np.mean(list(off.values())):+.2f}", f"{off[far]:+.2f} ({far})"]
        out.append("| " + " | ".join(cells) + " |")
    return out


def side_by_side(before: dict, after: dict, keys: list[str], rows: list[str] | None = None) -> list[str]:
    """Chosen figures of both trainings, as Markdown."""
    first, second = read(before), read(after)
    out = ["| | trained | " + " | ".join(keys) + " |", "|---" * (len(keys) + 2) + "|"]
    for name in first:
        if name not in second or first[name] == second[name] or (rows is not None and name not in rows):
            continue
        for when, found in (("first", first[name]), ("again", second[name])):
            own = [found.get(key) for key in keys]
            cells = [f"{figure.mean:.4g} ± {figure.deviation:.2g}" if figure else "" for figure in own]
            out.append("| " + " | ".join([name, when, *cells]) + " |")
    return out


#: What is shown side by side: what models are judged by.
SHOWN = {
    "study": ["speed", *(f"{run}, 40 frames" for run in ("40", "80", "strangers 40", "strangers 80"))],
    "listeners": [f"measured, {key}" for key in ("fd", "paired_fd", "variance", "si", "rpcc")],
}


def section(title: str, before: dict, after: dict, rows: list[str] | None = None) -> str:
    """Both tables of two trainings under a title; of a study also what is judged, by the second training alone."""
    kind = "listeners" if "measured" in before else "study"
    tables = [*compared(before, after, rows), "", *side_by_side(before, after, SHOWN[kind], rows)]
    again = "" if kind == "listeners" else f"\nBy the second training alone:\n\n{reading(after)}\n{ablations(after)}"
    return f"## {title}\n\n" + "\n".join(tables) + "\n" + again


def page(folder: Path) -> str:
    """All trainings whose figures lie in a folder, as Markdown."""
    parts = ["# Trained again\n", introduction(__doc__) + "\n"]
    for title, before, after, rows in KNOWN:
        files = [folder / before, folder / after]
        if all(file.exists() for file in files):
            parts.append(section(title, *(json.loads(file.read_text()) for file in files), rows))
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", type=Path, metavar="JSON", help="what is stated, and what was measured again")
    arguments = parser.parse_args()
    if not arguments.tables:
        print(page(MODELS / "evaluation"), end="")
        return
    if len(arguments.tables) != 2:
        parser.error(f"found {len(arguments.tables)} tables, expected two (or none, for those in Models/evaluation)")
    found = []
    for file in arguments.tables:
        try:
            found.append(json.loads(file.read_text()))
        except (OSError, ValueError) as error:
            parser.error(f"{file}: {error}, expected the JSON of mien_training.suhmo.tables or mien_training.sfms.listening")
    if ("measured" in found[0]) != ("measured" in found[1]):
        parser.error("found the tables of two different models, expected twice the same")
    print(section(f"{arguments.tables[0].name} and {arguments.tables[1].name}", *found), end="")


if __name__ == "__main__":
    main()
