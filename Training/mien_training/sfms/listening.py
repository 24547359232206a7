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
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from ..metrics import listening as metrics
from ..metrics import spectra
from ..metrics.frechet import from_all, one_for_all, symmetric_root
from ..run import checkpoint, program, threads
from ..run.errors import in_a_line
from . import certainty
from .channels import CHEEK, SMILE
from .config import BINARY, MODELS
from .dataset import RECORDINGS, Talk, part
from .evaluate import listen, voices
from .export import hears, load_shipped, weights_of
from .figures import RATE, REACH, SMOOTH, correlation, delays, introduction, lagged, smooth
from .judge import read_face, write_sensed
from .stream import shipped_sampling
from .train_predictor import BEST

#: Channel sets: what the conversations measured, the 52 coefficients, the head's rotation.
MEASURED = [SMILE[0], CHEEK[0]]
EXPRESSION = list(range(52))
ROTATION = [52, 53, 54]
SETS = {"measured": MEASURED, "expression": EXPRESSION, "rotation": ROTATION}
#: Hz, above which a face moves little and codes show.
QUICK = 5.0
#: k of SI's k means, for each set.
CLUSTERS = {"measured": 15, "expression": 15, "rotation": 9}


def shortest(talks: list[Talk]) -> int:
    """Frames of the shortest conversation."""
    return min(len(side) for talk in talks for side in talk.sensed)


def faces(talks: list[Talk], length: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sensed speakers (N, T, 4), their faces (N, T, 58) as far as they are sensed, and the real partners (N, T, 58), as long as
    the shortest of them or as asked."""
    length = length or shortest(talks)
    speakers, known, partners = [], [], []
    for talk in talks:
        for side in (0, 1):
            sensed = talk.sensed[side][:length]
            own = np.zeros((length, 58), np.float32)
            own[:, SMILE] = sensed[:, :1]
            own[:, CHEEK] = sensed[:, 1:2]
            speakers.append(sensed)
            known.append(own)
            partners.append(talk.face[1 - side][:length])
    return np.stack(speakers), np.stack(known), np.stack(partners)


def delayed(x: np.ndarray, frames: int) -> np.ndarray:
    """Sequences (N, T, C) that many frames late; the first frame is held."""
    return np.concatenate([np.repeat(x[:, :1], frames, 1), x[:, : x.shape[1] - frames]], 1) if frames else x


class Mimicry:
    """Copies of the speaker, fitted on the training pairs: each channel at the delay at which it correlates best, and at it a gain
    and noise, whose covariance is that of what a copy leaves of real partners. What is sensed of the speaker alone has a delay; the
    undistorted copy has the smile's for all channels."""

    def __init__(self, known: np.ndarray, partners: np.ndarray):
        self.mean = partners.reshape(-1, 58).mean(0)
        self.delays = np.zeros(58, int)
        for channel in SMILE + CHEEK:
            score = lambda d: np.mean([  # noqa: E731
                correlation(a[: len(a) - d, channel], b[d:, channel]) for a, b in zip(known, partners)
            ])
            self.delays[channel] = max(delays(known.shape[1]), key=score)
        self.delay = self.delays[SMILE[0]]
        late = self.late(known)
        x, y = late - late.mean((0, 1)), partners - self.mean
        energy = (x * x).sum((0, 1))
        self.gain = np.where(energy > 1e-6, (x * y).sum((0, 1)) / np.maximum(energy, 1e-6), 0)
        self.centre = late.mean((0, 1))
        rest = y - self.gain * x
        flat = (rest - rest.mean((0, 1))).astype(np.float64).reshape(-1, rest.shape[-1])
        self.together = flat.T @ flat / len(flat)
        products, squares = (rest[:, 1:] * rest[:, :-1]).sum((0, 1)), (rest[:, :-1] ** 2).sum((0, 1))
        self.pace = np.clip(products / np.maximum(squares, 1e-9), 0, 1)

    def late(self, known: np.ndarray) -> np.ndarray:
        """Speakers (N, T, 58), each channel at its delay."""
        out = known.copy()
        for channel in np.flatnonzero(self.delays):
            out[..., channel] = delayed(known[..., [channel]], self.delays[channel])[..., 0]
        return out

    def copy(self, known: np.ndarray) -> np.ndarray:
        return delayed(known, self.delay)

    def fitted(self, known: np.ndarray, seed: int, is_paced: bool = False) -> np.ndarray:
        """One draw of noise. White, or, ``is_paced``, keeping from frame to frame what each channel of the partners' rest keeps (a
        first-order autoregression)."""
        random = np.random.default_rng(seed)
        pace = self.pace if is_paced else np.zeros(58)
        fresh = random.normal(size=known.shape) @ symmetric_root(self.together * (1 - np.outer(pace, pace)))
        noise = random.normal(size=known[:, :1].shape) @ symmetric_root(self.together)
        parts = [noise := pace * noise + fresh[:, [frame]] for frame in range(known.shape[1])]
        return self.around(known, np.concatenate(parts, 1))

    def around(self, known: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The copy at its gain, with noise (N, T, 58)."""
        made = self.mean + self.gain * (self.late(known) - self.centre) + noise
        made[..., :52] = np.clip(made[..., :52], 0, 1)
        return made.astype(np.float32)


def row(made: np.ndarray, real: np.ndarray, known: np.ndarray, kind: str, index) -> dict[str, float]:
    """The metrics of one listener on one set of channels."""
    channels = SETS[kind]
    a, b, s = made[..., channels], real[..., channels], known[..., MEASURED]
    smile = lambda x: x[..., SMILE].mean(-1)  # noqa: E731
    speed = lambda x: float(np.sqrt((np.diff(x, axis=1) ** 2).mean()))  # noqa: E731
    each = [metrics.fd(x[None], y[None]) for x, y in zip(a, b)]
    found = {
        "l2": metrics.l2(a, b), "fd": float(np.mean(each)), "fd_pooled": metrics.fd(a, b),
        "paired_fd": float(np.mean([metrics.paired_fd(x[None], y[None], z[None]) for x, y, z in zip(a, b, s)])),
        "paired_fd_pooled": metrics.paired_fd(a, b, s), "variance": metrics.variance(a), "si": index[kind].each(a),
        "si_pooled": index[kind](a), "speed": speed(a) / speed(b),
    }  # fmt: skip
    if kind == "measured":
        pairs = [(smooth(x), smooth(y)) for x, y in zip(smile(known), smile(made))]
        cross = np.mean([lagged(x, y) for x, y in pairs], 0)
        found |= {
            "rpcc": metrics.rpcc(smile(made), smile(real), smile(known)),
            "r": metrics.mean_correlation(smile(made), smile(known)),
            "r_smooth": float(np.mean([correlation(x, y) for x, y in pairs])), "lag_s": (int(cross.argmax()) - REACH) / RATE,
            "r_partner": metrics.mean_correlation(smooth(smile(made)), smooth(smile(real))),
            "mean_smile": float(smile(made).mean()),
        }  # fmt: skip
    return found


def table_row(made: np.ndarray, real: np.ndarray, known: np.ndarray, kind: str, index) -> dict[str, float]:
    """``row`` with what is told in tables and nothing is chosen by."""
    return row(made, real, known, kind, index) | {"quick": spectra.share_above(list(made[..., SETS[kind]]), QUICK)}


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


def mean_rows(rows: list[dict[str, float]]) -> dict[str, float]:
    found = {key: float(np.mean([r[key] for r in rows])) for key in rows[0]}
    if len(rows) > 1:
        found |= {key + "_spread": float(np.std([r[key] for r in rows], ddof=1)) for key in rows[0]}
    return found


def indices(train: np.ndarray) -> dict[str, metrics.ShannonIndex]:
    """SI's clusters of each channel set, fitted to real training partners (N, T, 58)."""
    return {kind: metrics.ShannonIndex(train[:, ::5][..., own], CLUSTERS[kind]) for kind, own in SETS.items()}


def sequences(faces: np.ndarray, kind: str) -> list[np.ndarray]:
    """A channel set of faces (N, T, 58), sequence by sequence, (T, C) each."""
    return list(faces[..., SETS[kind]].astype(np.float64))


def learnable(real: np.ndarray, train: np.ndarray) -> dict[str, np.ndarray]:
    """By channel set the FD, (N,), of real partners (N, T, 58) from the one Gaussian that is nearest to all training partners: what
    they teach who is not told whom to answer for."""
    return {kind: from_all(sequences(real, kind), *one_for_all(sequences(train, kind))) for kind in SETS}


def table(listeners: dict[str, list[np.ndarray]], real: np.ndarray, known: np.ndarray, index: dict, taught: dict[str, np.ndarray]) -> dict:
    """Rows by channel set and listener; several runs of one listener become their mean and spread. The real partners' rows have
    the FD that is left to one Gaussian for all of them, and to that which training partners teach (``learnable``)."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        rows = {
            kind: {name: [pool.submit(table_row, m, real, known, kind, index) for m in made] for name, made in listeners.items()}
            for kind in SETS
        }
        found = {
            kind: {name: mean_rows([one.result() for one in made]) for name, made in own.items()}
            for kind, own in rows.items()
        }
    for kind in SETS:
        own = sequences(real, kind)
        left = {"fd_one_for_all": from_all(own, *one_for_all(own)), "fd_taught": taught[kind]}
        found[kind][REAL[0]] |= {key: float(np.mean(distances)) for key, distances in left.items()}
    return found


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


NAMES = {"measured": "Smile and cheek, as measured", "expression": "52 coefficients (48 of the truth lifted)",
         "rotation": "Head rotation (the truth lifted)"}
COLUMNS = {
    "l2": "L2", "fd": "FD", "paired_fd": "P-FD", "fd_pooled": "FD, pooled", "paired_fd_pooled": "P-FD, pooled",
    "variance": "Var", "si": "SI", "si_pooled": "SI, pooled", "rpcc": "RPCC", "r_smooth": "r", "lag_s": "lag s", "r_partner": "r, partner",
    "mean_smile": "mean", "speed": "speed", "quick": f"above {QUICK:g} Hz",
}  # fmt: skip

#: What each column says, once on every page that has it.
LEGEND = {
    "l2": "mean Euclidean distance of a frame from the real partner's at that time",
    "fd": "Fréchet distance of frames from the real partner's: the means' squared distance and what the covariances add",
    "paired_fd": "the same of frames [speaker, listener], the speaker's smile and cheek before the listener's channels",
    "fd_pooled": "FD and P-FD are of each sequence (one side of a conversation) by itself, the mean over sequences; pooled: of "
    "all sequences' frames together, which does not see how one person differs from another",
    "variance": "variance over time, mean over channels and sequences; the nearer to the real partners' the better, as SI",
    "si": "Shannon index: the entropy, in nats, of which cluster frames lie in, of each sequence and the mean over them (pooled: of "
    f"all frames together); clusters by k-means of real training partners, k = {CLUSTERS['expression']} for smile and cheek and for the "
    f"52 coefficients, k = {CLUSTERS['rotation']} for the head's rotation",
    "rpcc": "how far the mean over sequences of the listeners' correlation with the speaker, of smiles as they are, is from the real "
    "partners' mean; 0 is best. Of the 52 coefficients and the head there is none, nor r, lag or mean: the speaker's head and other "
    "channels are not sensed, so there is nothing to correlate with",
    "r_smooth": f"correlation of the listener's smile with the speaker's, both smoothed over {SMOOTH / RATE:g} s",
    "lag_s": "how long after the speaker's smile the listener's correlates with it most, in seconds, below 0 before it; sought from "
    f"{-REACH / RATE:.2f} to {REACH / RATE:.2f}: ±{REACH / RATE:.2f} is the edge of the search and no lag, and a mean over draws may hold such edges",
    "r_partner": "correlation of the listener's smile with the real partner's, both smoothed as for r",
    "mean_smile": "mean smile, 0 to 1",
    "speed": "root mean square of a frame's step as a share of the real partners'",
    "quick": f"share of the velocity's power above {QUICK:g} Hz",
}  # fmt: skip
#: What ± stands for in a published set's table of one training, and in one of ours.
OWN_DRAWS = "standard deviation over draws (seeds of sampling) of one training"
DRAWS = f"{OWN_DRAWS}; what trainings differ by is told [over seeds](sfms-seeds.md)"


def definitions(columns: Iterable[str], spread: str = DRAWS) -> list[str]:
    """What columns say, and what ± stands for, as Markdown."""
    there = set(columns)
    out = []
    for key in [key for key in LEGEND if key in there]:
        name = {"fd_pooled": "pooled"}.get(key, COLUMNS[key])
        out.append(f"- **{name}**: {LEGEND[key]}.")
    out.append(f"- **±**: {spread}.")
    return [*out, "", "Smile and cheek are one channel each, the left ones (in the conversations left and right are the same). Units: coefficients are 0 to 1, the head's rotation is in radians; L2 is in these, distances of frames and Var in their squares."]


def legend(columns: Iterable[str], spread: str = DRAWS) -> list[str]:
    """``definitions`` of a page, under a heading."""
    return ["## What the columns say", "", *definitions(columns, spread)]


#: What a listener would do that had learned all that training partners do and nothing of whom they answered.
LEARNT = "a training listener's real segment"
#: Not made by anything: rows to read the others by.
REAL = ("real partners", "another listener's real segment", LEARNT)
NOISE = "mimicry, fitted delay, gain, noise"
#: The same with noise as slow as what real partners do beside copying: a rival that moves like a person, but for its bends.
PACED = "mimicry, fitted delay, gain, slow noise"
#: Ends the names of dense rows that borrow what SFMS has beside its tokens: no baselines, they say what tokens do.
BORROWED = ", with response and calibration"


#: What of FD is left to one Gaussian for all, and what ``nearest`` calls it.
LEFT = {"fd_one_for_all": "one for all", "fd_taught": "taught"}

#: What the papers order listeners by.
ORDERED = ("fd", "paired_fd", "fd_pooled", "paired_fd_pooled", "variance", "si", "si_pooled", "rpcc")


def order(kind: str, rows: dict, key: str, borrowed: bool = False) -> list[str]:
    """SFMS and its baselines (with ``borrowed``, the dense rows with its response and a calibration, too) by how near to the
    truth a figure is, the nearest first. A copy of the speaker is left out of Var, SI and the pooled distances of the measured
    channels: both directions of a conversation are in the table, so that its smiles are all the real partners' smiles."""
    moments = ("variance", "si", "si_pooled")
    off = lambda name: abs(rows[name][key] - rows["real partners"][key] * (key in moments))  # noqa: E731
    is_copy = lambda name: name.startswith("mimicry,") and "fitted" not in name  # noqa: E731
    leaves_out = kind == "measured" and (key in moments or key.endswith("pooled"))
    made = [n for n in rows if n not in REAL and (borrowed or not n.endswith(BORROWED))]
    return sorted((n for n in made if not (leaves_out and is_copy(n))), key=off)


def place(kind: str, rows: dict, key: str, borrowed: bool = False) -> int:
    """SFMS's place in that order, from 1."""
    return order(kind, rows, key, borrowed).index("SFMS") + 1


def borrows(found: dict) -> bool:
    """Whether a table has dense rows with the response and a calibration."""
    return any(name.endswith(BORROWED) for rows in found.values() for name in rows)


def about_nearest(found: dict) -> str:
    """What the columns of ``nearest`` say."""
    text = """Sure: in how many of 1,000 draws with replacement of the held-out pairs, and of each one's conversations, SFMS is nearer
than the best of its baselines. One for all: the mean FD from the real partners of the one Gaussian that is nearest to all their
sequences, fitted to themselves. A listener that does not know whom it answers for comes no nearer but by chance, and on P-FD, which
has the same channels among its own, neither. Taught: the same of the one that is nearest to all training partners, which is the
most that they teach a listener of these figures; one that is nearer knows whom it answers for, or has luck."""
    if borrows(found):
        text += " Place of all: the dense predictors with the response and a calibration, too."
    text += """ A copy of the speaker is left out of Var, SI and the pooled distances of the measured channels: both directions of a
conversation are in the table, so that its smiles are all the real partners' smiles. Learnt: the place that a training listener's
real segment would have instead of SFMS; where on Var or SI it is not the first, these partners differ from those to learn from."""
    return text.replace("\n", " ")


def nearest(found: dict) -> list[str]:
    """Of every figure the best of SFMS's baselines and its place, as Markdown; its place of all where there are dense rows with
    the response and a calibration."""
    everyone = borrows(found)
    heads = ["channels", "figure", "real partners", "SFMS", "best baseline", "its place", "sure", *LEFT.values()]
    heads += ["place of all", "learnt"] if everyone else ["learnt"]
    out = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for kind, rows in found.items():
        for key in [key for key in ORDERED if key in rows["SFMS"]]:
            names = order(kind, rows, key)
            best = next(name for name in names if name != "SFMS")
            truth, own = rows["real partners"][key], rows["SFMS"]
            cells = [title(kind), COLUMNS[key], f"{max(truth, 0):.4f}", f"{own[key]:.4f}"]
            cells += [f"{best}, {rows[best][key]:.4f}", f"{place(kind, rows, key)} of {len(names)}"]
            cells += [f"{own[key + '_sure']:.0%}" if key + "_sure" in own else ""]
            cells += [f"{rows['real partners'][left]:.4f}" if key == "fd" and left in rows["real partners"] else "" for left in LEFT]
            if everyone:
                cells.append(f"{place(kind, rows, key, borrowed=True)} of {len(order(kind, rows, key, borrowed=True))}")
            cells.append(str(place(kind, rows | {"SFMS": rows[LEARNT]}, key)))
            out.append("| " + " | ".join(cells) + " |")
    return out


def verdict(found: dict) -> list[str]:
    """Of what issue and papers ask of a listener, what holds beside its baselines and what does not, as Markdown."""
    asked = {
        "ahead of every baseline on FD and P-FD": ("fd", "paired_fd"),
        "the same, pooled over people": ("fd_pooled", "paired_fd_pooled"),
        "nearest to the truth on Var": ("variance",), "nearest on SI": ("si",), "nearest on SI, pooled": ("si_pooled",),
        "nearest on RPCC": ("rpcc",),
    }  # fmt: skip
    out = ["| asked | " + " | ".join(title(kind) for kind in found) + " |", "|---" * (len(found) + 1) + "|"]
    for text, keys in asked.items():
        cells = []
        for kind, rows in found.items():
            places = [place(kind, rows, key) for key in keys if key in rows["SFMS"]]
            numbers = " and ".join(f"{place}." for place in places)
            cells.append("not sensed" if not places else "holds" if max(places) == 1 else f"does not ({numbers} place)")
        out.append(f"| {text} | " + " | ".join(cells) + " |")
    return out


def title(kind: str) -> str:
    """A channel set in a word or two."""
    return NAMES[kind].split(",")[0].split(" (")[0]


#: What the page says of its tables.
INTRODUCTION = introduction(__doc__)


def of_before(kept: list[str]) -> str:
    """A sentence about rows that were not made for this table."""
    return f" Not trained anew since an earlier table, and shown as they were there: {'; '.join(kept)}." if kept else ""


#: The channel sets as a published set's own, of which nothing was lifted.
OWN_NAMES = {kind: title(kind) for kind in NAMES}


def of_set(data: str, name: str, talks: list[Talk], length: int, is_heard: bool) -> str:
    """What a page says of tables of a published set."""
    how = "Python twin of the program's stream, with the set's sound" if is_heard else "program (`mien generate listener`)"
    return (
        f"A listener that was trained on {data} and its baselines beside real partners: {len(talks)} conversations of the part {name}, "
        f"{length} frames from both sides. All see of a speaker the channels that stand for smile and cheek, and how much the head moves "
        f"(`mien_training.sfms.published` says which columns these are). SFMS answers through the {how}. All channels are the set's own, "
        f"none is lifted. Lags are sought as far as half of the frames meet. *{LEARNT}* is what a listener would do that had learned all "
        "that its training partners do, and nothing of whom they answered."
    )


def cell(values: dict, key: str) -> str:
    """A figure, and its spread over runs where there are several."""
    return f"{values[key]:.4f}" + (f" ± {values[key + '_spread']:.4f}" if key + "_spread" in values else "")


def page(found: dict, heading: str = "Listening", words: str = INTRODUCTION, names: dict[str, str] = NAMES, spread: str = DRAWS) -> str:
    """The tables as Markdown, under a heading and what is said of them; ``names``: of the channel sets."""
    columns = [key for key in COLUMNS if any(key in values for rows in found.values() for values in rows.values())]
    out = [f"# {heading}", "", words, "", *legend(columns, spread), ""]
    for kind, rows in found.items():
        keys = [key for key in COLUMNS if any(key in values for values in rows.values())]
        out += [f"## {names[kind]}", "", "| listener | " + " | ".join(COLUMNS[key] for key in keys) + " |"]
        out += ["|---" * (len(keys) + 1) + "|"]
        for name, values in rows.items():
            cells = [cell(values, key) if key in values else "" for key in keys]
            out.append(f"| {name} | " + " | ".join(cells) + " |")
        out.append("")
    out += ["## Nearest to the truth", "", about_nearest(found), "", *nearest(found), "", "## What holds", "", *verdict(found)]
    return "\n".join(out) + "\n"


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
    found = table(listeners, real, known, index, learnable(real, partners))
    for name, folder in folders.items():
        found["measured"][name]["steps"] = checkpoint.load(folder.parent / BEST)["step"]
    before = earlier(arguments.json)
    kept = keep(found, before)
    certain(found, listeners, real, known, index, talks, before)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    if config.data == RECORDINGS:
        print(page(found, words=INTRODUCTION + of_before(kept)))
    else:
        words = of_set(config.data, arguments.part, talks, length, hears(own))
        print(page(found, words=words + of_before(kept), names=OWN_NAMES, spread=OWN_DRAWS))


if __name__ == "__main__":
    main()
