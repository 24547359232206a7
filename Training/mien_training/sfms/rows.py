"""What rows of the listening tables hold: the figures of a listener on each set of channels, and how listeners are ordered by
them. The metrics are those of ``mien_training.metrics.listening``."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from ..metrics import listening as metrics
from ..metrics import spectra
from ..metrics.frechet import from_all, one_for_all
from .channels import CHEEK, SMILE
from .figures import RATE, REACH, correlation, lagged, smooth

#: Channel sets: what the conversations measured, the 52 coefficients, the head's rotation.
MEASURED = [SMILE[0], CHEEK[0]]
EXPRESSION = list(range(52))
ROTATION = [52, 53, 54]
SETS = {"measured": MEASURED, "expression": EXPRESSION, "rotation": ROTATION}
#: Hz, above which a face moves little and codes show.
QUICK = 5.0
#: k of SI's k means, for each set.
CLUSTERS = {"measured": 15, "expression": 15, "rotation": 9}

#: What a listener would do that had learned all that training partners do and nothing of whom they answered.
LEARNT = "a training listener's real segment"
#: Not made by anything: rows to read the others by.
REAL = ("real partners", "another listener's real segment", LEARNT)
NOISE = "mimicry, fitted delay, gain, noise"
#: The same with noise as slow as what real partners do beside copying: a rival that moves like a person, but for its bends.
PACED = "mimicry, fitted delay, gain, slow noise"
#: Ends the names of dense rows that borrow what SFMS has beside its tokens: no baselines, they say what tokens do.
BORROWED = ", with response and calibration"

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


def rows_by_channels(listeners: dict[str, list[np.ndarray]], real: np.ndarray, known: np.ndarray, index: dict, taught: dict[str, np.ndarray]) -> dict:
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
