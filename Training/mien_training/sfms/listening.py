"""The listening table: SFMS and its baselines beside real partners, on pairs kept out of training.

    python -m mien_training.sfms.listening [--config FILE] [--part test] [--seeds 3] [--json FILE] [--models DIR]

All see the same: of a speaker the smile, cheeks, motion energy and gaze. Predictors answer through ``mien generate listener``, with
one seed a draw and sequence (1,000 times the draw's number, from 1, plus the sequence's, from 0): a seed is a temper. Fitted mimicry
has noise with the covariance of what a copy leaves of training partners, white or as slow as theirs. The metrics are those of
``mien_training.metrics.listening``. Measured channels are smile and cheek; the other channels of the real partners are lifted, so
figures of the whole face compare with real motion that nobody chose (the cards say more). These pairs are the first of five folds;
[the table over all pairs](sfms-folds.md) has everyone, and decides more. A training listener's real segment is what a listener would
do that had learned all that its training partners do, and nothing of whom they answered.

By the configuration of a listener that was trained on a published set the table is of that set's own parts. One that hears then
answers through the twin of the program's stream (``evaluate.listen``), which takes the set's sound whatever it is of.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..run import checkpoint, program, threads
from ..run.errors import in_a_line
from . import certainty
from .channels import SMILE
from .config import BINARY, MODELS
from .dataset import RECORDINGS, part
from .evaluate import listen, voices
from .export import hears, load_shipped, weights_of
from .figures import introduction
from .judge import read_face, write_sensed
from .listening_page import OWN_DRAWS, OWN_NAMES, of_before, of_set, page
from .mimicry import Mimicry
from .rows import LEARNT, MEASURED, NOISE, ORDERED, PACED, REAL, SETS, indices, learnable, order, rows_by_channels
from .stream import shipped_sampling
from .talk import Talk, faces, shortest
from .train_predictor import BEST

#: What the page says of its tables.
INTRODUCTION = introduction(__doc__)


def generate(binary: str, speakers: np.ndarray, seed: int, extra: list[str] = ()) -> np.ndarray:
    """The answers of ``mien generate listener``, (N, T, 58)."""
    def answer(number: int) -> np.ndarray:
        person, made = Path(folder) / f"person-{number}.csv", Path(folder) / f"made-{number}.csv"
        write_sensed(person, speakers[number])
        command = [binary, "generate", "listener", "--person", person, "--out", made, *extra]
        program.output([*command, "--seed", str(1000 * seed + number)])
        return read_face(made)[: len(speakers[number])]

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2)) as pool:
        return np.stack(list(pool.map(answer, range(len(speakers)))))


def runs_of(binary: str, speakers: np.ndarray, seeds: int, models: Path | None) -> list[np.ndarray]:
    """The answers of a folder's weights (None: those that ship), once a seed."""
    extra = ["--models", models] if models else []
    return [generate(binary, speakers, seed, extra) for seed in range(1, seeds + 1)]


def answers(
    binary: str, config, folder: Path, talks: list[Talk], speakers: np.ndarray, seeds: int, rows: list[int] | slice = slice(None)
) -> list[np.ndarray]:
    """The answers of a listener (``export.weights_of``) to the speakers of the talks (``faces``), or to some rows of them, once
    a seed: through the program, of one that hears through the twin."""
    if not hears(folder):
        return runs_of(binary, speakers[rows], seeds, None if folder == MODELS else folder)
    threads.one()
    tokeniser, predictor = load_shipped(config, folder)
    sound = voices(talks, predictor)[rows, : speakers.shape[1]]
    return [listen(tokeniser, predictor, speakers[rows], shipped_sampling(config), seed, sound=sound) for seed in range(1, seeds + 1)]


def earlier(path: Path | None) -> dict:
    """The table (JSON) that a file holds, where there is one."""
    return json.loads(path.read_text()) if path and path.exists() else {}


def keep(found: dict, before: dict) -> list[str]:
    """Rows that an earlier table has and this one has not stay as they were, and are named; SFMS comes last."""
    names: dict[str, None] = {}
    for kind, rows in before.items():
        kept = {name: values for name, values in rows.items() if name not in found[kind]}
        own = found[kind].pop("SFMS")
        found[kind] |= kept | {"SFMS": own}
        names |= dict.fromkeys(kept)
    return list(names)


def certain(found: dict, listeners: dict[str, list[np.ndarray]], real: np.ndarray, known: np.ndarray, index, talks, before: dict) -> None:
    """Adds to SFMS's rows, of each figure, the share of 1,000 draws of held-out pairs in which it is nearer to the truth
    than the best of its baselines (``mien_training.sfms.certainty``), where the runs of that one are at hand; where they are not,
    and the figure of neither has changed since an earlier table, the share stays as it was there."""
    drawn = certainty.draws(talks)
    smile = lambda x: x[..., SMILE].mean(-1)  # noqa: E731
    for kind, rows in found.items():
        runs: dict[str, list[certainty.Run]] = {}

        def of(name: str) -> list[certainty.Run]:
            own = SETS[kind]
            smiles = lambda m: [smile(m), smile(real), smile(known)] if kind == "measured" else None  # noqa: E731
            if name not in runs:
                runs[name] = [
                    certainty.Run(m[..., own], real[..., own], known[..., MEASURED], smiles(m), index[kind])
                    for m in listeners[name]
                ]
            return runs[name]

        for key in [key for key in ORDERED if key in rows["SFMS"]]:
            best = next(name for name in order(kind, rows, key) if name != "SFMS")
            share, then = key + "_sure", before.get(kind, {})
            if best in listeners:
                rows["SFMS"][share] = certainty.share_nearer(of("SFMS"), of(best), key, drawn)
            elif share in then.get("SFMS", {}) and all(is_as_it_was(then, rows, name, key) for name in (REAL[0], "SFMS", best)):
                rows["SFMS"][share] = then["SFMS"][share]


def is_as_it_was(before: dict, rows: dict, name: str, key: str) -> bool:
    """Whether a figure of a row is what it was in an earlier table, but for the last digits that other processors give."""
    return key in before.get(name, {}) and math.isclose(before[name][key], rows[name][key], rel_tol=1e-6, abs_tol=1e-9)


def real_rows(real: np.ndarray) -> dict[str, list[np.ndarray]]:
    """The rows to read the others by: the partners, and for each a real listener of another conversation."""
    return {REAL[0]: [real], REAL[1]: [np.roll(real, 7, 0)]}


def untrained(train: list[Talk], known: np.ndarray, seeds: int, copy: str | None = None) -> dict[str, list[np.ndarray]]:
    """The listeners that need no network, made from training conversations; ``copy`` names the undistorted one, which is
    called by its delay otherwise."""
    _, train_known, train_partners = faces(train)
    mimicry = Mimicry(train_known, train_partners)
    anyone = lambda seed: np.random.default_rng(seed).integers(0, len(train_partners), len(known))  # noqa: E731
    return {
        LEARNT: [train_partners[anyone(seed), : known.shape[1]] for seed in range(seeds)],
        copy or f"mimicry, {mimicry.delay / 25:.2f} s late": [mimicry.copy(known)],
        NOISE: [mimicry.fitted(known, seed) for seed in range(seeds)],
        PACED: [mimicry.fitted(known, seed, is_paced=True) for seed in range(seeds)],
        "mean face": [np.broadcast_to(mimicry.mean, known.shape).astype(np.float32)],
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", help="of the listener's training, where it is another than sfms.yaml; its data line names the set")
    parser.add_argument("--binary", default=BINARY)
    parser.add_argument("--part", default="test", choices=["development", "test"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--also", nargs="*", default=[], metavar="NAME=FOLDER", help="the weights of other predictors")
    parser.add_argument("--json", type=Path, help="written; rows of other predictors stay as they are in it")
    parser.add_argument("--models", type=Path, help="a folder of other weights than those that mien_training.sfms.train writes by the configuration")
    arguments = parser.parse_args()
    with in_a_line():
        config, own = weights_of(arguments.config, arguments.models)
        talks, train = (part(name, config.data, config.predictor.audio.kind, config.window)[0] for name in (arguments.part, "training"))
    length = min(shortest(talks), shortest(train))  # a training listener's real segment is as long
    speakers, known, real = faces(talks, length)
    listeners = real_rows(real) | untrained(train, known, arguments.seeds)
    folders = {name: Path(path) for name, _, path in (also.partition("=") for also in arguments.also)}
    for name, folder in folders.items():
        listeners[name] = runs_of(arguments.binary, speakers, arguments.seeds, folder)
    listeners["SFMS"] = answers(arguments.binary, config, own, talks, speakers, arguments.seeds)
    partners = faces(train)[2]
    index = indices(partners)
    found = rows_by_channels(listeners, real, known, index, learnable(real, partners))
    for name, folder in folders.items():
        found["measured"][name]["steps"] = checkpoint.load(folder.parent / BEST)["step"]
    before = earlier(arguments.json)
    kept = keep(found, before)
    certain(found, listeners, real, known, index, talks, before)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    if config.data == RECORDINGS:
        print(page(found, INTRODUCTION + of_before(kept)))
    else:
        words = of_set(config.data, arguments.part, talks, length, hears(own))
        print(page(found, words + of_before(kept), names=OWN_NAMES, spread=OWN_DRAWS))


if __name__ == "__main__":
    main()
