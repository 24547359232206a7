"""Whether training again gives the figures that are stated: ``python -m mien_training.retrained [STATED.json … AGAIN.json]``.

    python -m mien_training.suhmo.study --output ../runs/again
    python -m mien_training.suhmo.tables --study ../runs/again --mien ../.build/release/mien --output ../runs/suhmo-again
    python -m mien_training.retrained ../Models/evaluation/suhmo.json ../runs/suhmo-again.json

Every figure of a row was stated as a mean and a standard deviation: of seeds of training for SUHMo and the listener, of seeds
of drawing for dense predictors, which were trained once each time. Off: how far the later mean lies from the stated one, in
stated deviations. Trainings that differ by their seeds alone lie within one deviation in as many figures as "expected" says, from
the number of seeds (normal and independent figures; these hang together, so that all may be off at once; that a deviation of few
seeds is itself a guess is reckoned with). Weights that came out bit for bit the same are counted, for they prove nothing. The
listener's later training is of a fourth seed: from its own seed the written commands make the weights that ship again, bit for
bit, on processors of one kind. Dense predictors answered through PyTorch the first time, and their Fréchet distances had 1e-6 on
the covariances' diagonals then, which takes some 0.0001 off those of 52 channels. A row of the reconstruction study was trained
once each time, so that there is no deviation to hold its errors to: they are told as shares of the stated ones.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import t

from .sfms import seeds
from .sfms.figures import introduction
from .sfms.folds import DENSE
from .sfms.reconstruction import NAMES, PLACEMENTS, by_row, equal_k_verdict, kinds, verdict
from .sfms.seeds import Figure
from .suhmo.export import MODELS
from .suhmo.study import ROWS
from .suhmo.tables_page import ablations, reading


@dataclass
class Trainings:
    """Trainings whose figures lie in `Models/evaluation`: those that are stated, and one that came after them."""

    title: str
    stated: tuple[str, ...]
    again: str
    rows: list[str] | None = None  #: which are compared; None: all
    otherwise: str = ""  #: ends the names of figures that were measured otherwise the other time


KNOWN = (
    Trainings("SUHMo's study", ("suhmo.json",), "suhmo-again.json"),
    Trainings("The reconstruction study", ("sfms-reconstruction.json",), "sfms-reconstruction-again.json"),
    Trainings("The listener, test pairs", seeds.tables("sfms-listening"), "sfms-listening-14.json", ["SFMS"]),
    # The speed was the mean size of a frame's step then, its root mean square since.
    Trainings("Dense predictors in every fold", ("sfms-folds-first.json",), "sfms-folds.json", list(DENSE.values()), ", speed"),
)
SPREAD = "_spread"
#: Seeds of drawing that the listening tables have, unless they are asked for others.
DRAWS = 3


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
        runs = [flat(values) for name, values in sorted(found.items()) if name.rpartition("-")[0] == row]
        if len(runs) > 1:
            columns = {key: [run[key] for run in runs] for key in runs[0] if all(key in run for run in runs)}
            out[row] = {key: seeds.over(v) for key, v in columns.items()}
    return out


def of_draws(found: dict) -> dict[str, dict[str, Figure]]:
    """The rows of a listening table's JSON that have several draws."""
    out: dict[str, dict[str, Figure]] = {}
    for kind, rows in found.items():
        for name, values in rows.items():
            own = {key: values[key + SPREAD] for key in values if key + SPREAD in values}
            figures = {f"{kind}, {key}": Figure(values[key], deviation, DRAWS) for key, deviation in own.items()}
            out[name] = out.get(name, {}) | figures
    return out


def of_trainings(tables: list[dict]) -> dict[str, dict[str, Figure]]:
    """The rows that every listening table has, one table a training."""
    out: dict[str, dict[str, Figure]] = {}
    for name in tables[0]["measured"]:
        if all(name in found["measured"] for found in tables):
            flats = [flat({kind: found[kind][name] for kind in found}) for found in tables]
            keys = [key for key in flats[0] if all(key in own for own in flats) and not key.endswith((SPREAD, "_sure"))]
            out[name] = {key: seeds.over([own[key] for own in flats]) for key in keys}
    return out


def read(tables: list[dict], of_draws_alone: bool = True) -> dict[str, dict[str, Figure]]:
    """The rows of a study, or of a listening table a training; of one table the draws, unless a training's figures are asked
    for."""
    if "measured" not in tables[0]:
        return of_study(tables[0])
    return of_draws(tables[0]) if len(tables) == 1 and of_draws_alone else of_trainings(tables)


def expected(before: int, after: int, most: float = 1.0) -> float:
    """In what share of figures a mean over ``after`` seeds lies within ``most`` deviations of one over ``before``, which the
    deviation was worked out from, too (Student's t)."""
    return float(2 * t.cdf(most / math.sqrt(1 / before + 1 / after), before - 1) - 1)


def same_weights(before: dict, after: dict, row: str) -> int:
    """How many of a row's runs have the same weights, bit for bit."""
    runs = [name for name in before if name.rpartition("-")[0] == row and name in after]
    return sum(before[name].get("weights") == after[name].get("weights") for name in runs)


Rows = dict[str, dict[str, tuple[Figure, Figure]]]


def trained_anew(before: list[dict], after: dict, rows: list[str] | None = None, otherwise: str = "") -> Rows:
    """The figures with a deviation that stated tables and a later one have, by row; rows that are the same in both were not
    trained anew."""
    first, second, found = read(before), read([after], len(before) == 1), {}
    for name in first:
        both = {key: (old, second[name][key]) for key, old in first[name].items() if key in second.get(name, {})}
        both = {key: pair for key, pair in both.items() if pair[0].deviation > 0 and not (otherwise and key.endswith(otherwise))}
        if any(old != new for old, new in both.values()) and (rows is None or name in rows):
            found[name] = both
    return found


def compared(found: Rows, same: dict[str, int]) -> list[str]:
    """How far the second training's figures lie from the first's, as Markdown; ``same``: runs with equal weights, by row."""
    out = ["| | figures | seeds | within one deviation | expected | within two | mean of what it is off | most |", "|---" * 8 + "|"]
    for name, both in found.items():
        off = {key: (new.mean - old.mean) / old.deviation for key, (old, new) in both.items()}
        far = max(off, key=lambda key: abs(off[key]))
        old, new = both[far]
        counts = f"{old.seeds}, {new.seeds}" + (f" ({same[name]} bit for bit)" if same.get(name) else "")
        within = [np.mean([abs(value) <= most for value in off.values()]) for most in (1, 2)]
        cells = [name, str(len(off)), counts, f"{within[0]:.0%}", f"{expected(old.seeds, new.seeds):.0%}", f"{within[1]:.0%}"]
        cells += [f"{np.mean(list(off.values())):+.2f}", f"{off[far]:+.2f} ({far})"]
        out.append("| " + " | ".join(cells) + " |")
    return out


def side_by_side(found: Rows, keys: list[str]) -> list[str]:
    """Chosen figures of both trainings, as Markdown."""
    out = ["| | trained | " + " | ".join(keys) + " |", "|---" * (len(keys) + 2) + "|"]
    for name, both in found.items():
        for place, when in enumerate(("stated", "again")):
            own = [both[key][place] if key in both else None for key in keys]
            cells = [str(figure or "") for figure in own]
            out.append("| " + " | ".join([name, when, *cells]) + " |")
    return out


#: What is shown side by side: what models are judged by.
SHOWN = {
    "study": ["speed", *(f"{run}, 40 frames" for run in ("40", "80", "strangers 40", "strangers 80"))],
    "listeners": [f"measured, {key}" for key in ("fd", "paired_fd", "variance", "si", "rpcc")],
}


def reconstructed(before: list[dict], after: list[dict]) -> list[str]:
    """The errors of a later training of the reconstruction study as shares of the stated ones, by row, as Markdown."""
    then, shares = by_row(before), {}
    for line in after:
        old = then.get((line["row"], line["k"]))
        if old and "steps" in line:  # the oracle learns nothing
            name = f"{NAMES[line['row'].partition('-')[0]]}: {PLACEMENTS[line['placement']]}"
            shares.setdefault(name, []).extend(line[kind] / old[kind] for kind in kinds([old, line]))
    shares["all"] = [share for own in shares.values() for share in own]
    out = ["| | errors | the same in all digits | least share | mean | most |", "|---" * 6 + "|"]
    for name, own in shares.items():
        mean = np.exp(np.mean(np.log(own)))
        out.append(f"| {name} | {len(own)} | {own.count(1)} | {min(own):.3f} | {mean:.3f} | {max(own):.3f} |")
    return out


def section(title: str, before: list, after: dict | list, rows: list[str] | None = None, otherwise: str = "") -> str:
    """Both tables of stated trainings and a later one under a title; of a study also what is judged, by the later one alone."""
    if isinstance(after, list):
        judged = ["By the second training alone:", "", *equal_k_verdict(after), "", *verdict(after)]
        return f"## {title}\n\n" + "\n".join([*reconstructed(before[0], after), "", *judged]) + "\n"
    kind = "listeners" if "measured" in after else "study"
    found = trained_anew(before, after, rows, otherwise)
    same = {row: same_weights(before[0], after, row) for row in found}
    parts = [*compared(found, same), "", *side_by_side(found, SHOWN[kind])]
    if absent := [name for name in rows or () if name not in read(before)]:
        parts = [f"Not compared, for what is stated has no such row: {', '.join(absent)}.", "", *parts]
    again = "" if kind == "listeners" else f"\nBy the second training alone:\n\n{reading(after)}\n{ablations(after)}"
    return f"## {title}\n\n" + "\n".join(parts) + "\n" + again


def tables(folder: Path) -> list[Path]:
    """The tables that a folder's page reads, as far as they are there."""
    return seeds.there(folder, sorted({name for known in KNOWN for name in (*known.stated, known.again)}))


def page(folder: Path) -> str:
    """All trainings whose figures lie in a folder, as Markdown."""
    parts = ["# Trained again\n", introduction(__doc__) + "\n"]
    for known in KNOWN:
        if found := seeds.read(folder, (*known.stated, known.again)):
            *stated, again = found
            parts.append(section(known.title, stated, again, known.rows, known.otherwise))
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*", type=Path, metavar="JSON", help="what is stated (of listeners one table a training, or one alone, whose draws are taken), and last what was measured again")
    parser.add_argument("--folder", type=Path, default=MODELS / "evaluation", help="of the tables, where none are named")
    arguments = parser.parse_args()
    if not arguments.tables:
        print(page(arguments.folder), end="")
        return
    if len(arguments.tables) < 2:
        parser.error("found one table, expected at least two (or none, for those in Models/evaluation)")
    found = []
    for file in arguments.tables:
        try:
            found.append(json.loads(file.read_text()))
        except (OSError, ValueError) as error:
            parser.error(f"{file}: {error}, expected the JSON of mien_training.suhmo.tables, mien_training.sfms.listening or .reconstruction")
    if len({(isinstance(own, list), "measured" in own) for own in found}) > 1:
        parser.error("found the tables of two different models, expected those of one")
    *before, after = arguments.tables
    print(section(f"{', '.join(file.name for file in before)} and {after.name}", found[:-1], found[-1]), end="")


if __name__ == "__main__":
    main()
