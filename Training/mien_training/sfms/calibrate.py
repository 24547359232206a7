"""Fits the listener's calibration: ``python -m mien_training.sfms.calibrate [--config FILE]``.

The trained predictor answers training speakers, free-running, and what it draws is led to what the partners who really
answered show (``calibration``). What is fitted is fitted in closed form: levels, long variances, the mix, the quantiles; and,
in ``ROUNDS`` rounds of that, the smoothing by which each channel is shown as quick as real ones are. Nine things are chosen,
one after the other in this order, each the best with those before it: the rate of the running values of smile and cheek, that
of the rest (not quicker than 10 s: that would be no level), whether the spread is led back, whether channels are mixed, whether
listeners have tempers, which share of them, the sparest first (``sparest``), whether a temper's spread is its own session's or
everyone's, the spread of smile and cheek as a share of the population's (real spread is partly people who smile more than
others, and a robot is one listener), and whether every other channel has the spread that it has within sessions, or the
population's.

**The rule of choice**, the same for every row of the listening table that is calibrated: the least ``score`` over answers that
the calibration was not fitted to. Each training pair is left out in turn and shown through a calibration fitted to the others;
the development pairs are shown through one fitted to all training pairs. The score is the mean over smile and cheek, the 52
coefficients and the head's rotation of

* the mean of FD and P-FD, as shares of fitted mimicry's on the same pairs (left out in the same way),
* plus |ln(Var / real Var)|,
* plus |SI - real SI|, in nats,
* plus RPCC, for smile and cheek,

each of a sequence and the mean over them, as the papers' code has it: one rule of pooling. An earlier rule had the figures of
all sequences together beside these, and no share of the tempers. This one was written when the tables of the listener that the
earlier one chose were known, from figures on training and development pairs, and before any that it chooses met a test pair.

Where listeners have tempers, figures are the means over ``DRAWS`` draws of everyone's.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from ..data.channels import MIRROR, MIRROR_SIGN
from ..run import checkpoint, threads
from .calibration import LEAST, NAME, POLES, QUANTILES, TEMPERED, Calibration, knots, tempered, transport
from .channels import CHEEK, SMILE
from .config import load, plain, work_root
from .dataset import mirrors, part
from .evaluate import listen, voices
from .export import TRIED as TOLD
from .export import best_weights, load_predictor
from .mimicry import Mimicry
from .rows import SETS, indices, mean_rows, row
from .stream import shipped_sampling
from .talk import faces
from .tokeniser import Tokeniser
from .train_predictor import load_tokeniser

DRAWN = "sfms-drawn.npz"
EVERY = 5  # frames: neighbours tell little more
RIDGE = 0.005  # on the diagonals of correlations before they are led to each other
#: Channels that are mixed with each other: a face, and a head.
MIXED = [list(range(52)), list(range(52, 58))]
ROUNDS = 3  # of fitting the smoothing
SLOWEST = 0.02  # rate of a filter, a frame
DRAWS = 5  # of tempers, while choosing
MOVED = 0.03  # deviation of smile and cheek of a session that tells a temper at everyone's spread
STIRRED = 0.001  # the same where the temper keeps its own spread
CELL = 0.7  # deviations of smile and cheek that count as one place, where it is counted how many places a session visits
DISTANCES = ("fd", "paired_fd")
PRINTED = (*DISTANCES, "fd_pooled", "paired_fd_pooled", "variance", "si", "si_pooled", "rpcc", "r", "speed")

#: Into how many parts training pairs go, of which one is left out at a time: each for itself, of a set of more clips neighbours
#: together.
MOST_PARTS = 16


@dataclass(frozen=True)
class Sides:
    """Which channel is which in a mirror, (58,), and with which sign: left and right of a face are taken for one."""

    of: np.ndarray
    sign: np.ndarray

    @staticmethod
    def known(data: str) -> "Sides":
        """Of a set of conversations; where nothing tells left from right every channel is its own."""
        return NAMED if mirrors(data) else Sides(np.arange(58), np.ones(58, np.float32))

    @property
    def are_known(self) -> bool:
        return bool((self.of != np.arange(58)).any())

    def mirrored(self, x: np.ndarray) -> np.ndarray:
        """Faces (…, 58) in a mirror."""
        return self.sign * x[..., self.of]

    def both(self, x: np.ndarray, channel: int) -> np.ndarray:
        """A channel's values (…,) and its other side's, one after the other."""
        return np.concatenate([x[..., channel], self.sign[channel] * x[..., self.of[channel]]])


NAMED = Sides(MIRROR, MIRROR_SIGN)


@dataclass(frozen=True)
class Choice:
    """What is chosen rather than fitted."""

    rate: float = 1 / 750
    rest: float = 1 / 250
    steady: bool = True
    mixes: bool = True
    tempers: bool = True
    sparest: float = 1.0
    own: bool = False
    spread: float = 0.8
    within: bool = False
    smooths: bool = True  # not chosen: what it is without is told


#: What is tried, in the order of choosing.
TRIED = {
    "rate": (1 / 1500, 1 / 750, 1 / 500), "rest": (1 / 750, 1 / 500, 1 / 250), "steady": (False, True),
    "mixes": (False, True), "tempers": (False, True), "sparest": (0.25, 0.5, 0.75, 1.0), "own": (False, True),
    "spread": (0.7, 0.75, 0.8, 0.825, 0.85, 0.9, 0.95, 1.0), "within": (False, True),
}  # fmt: skip


def drawn(config) -> dict[str, np.ndarray]:
    """What ``draw`` gives, cached beside the checkpoints, for one tokeniser, predictor and way of sampling."""
    tokeniser = load_tokeniser(config)
    path, of = work_root() / DRAWN, json.dumps([checkpoint.digest(tokeniser.state_dict()), best_weights(), plain(config.sampling)])
    if path.exists() and (found := dict(np.load(path))).pop("of", None) == of:
        return found
    found = draw(config, tokeniser)
    np.savez(path, **found, of=of)
    return found


def draw(config, tokeniser: Tokeniser) -> dict[str, np.ndarray]:
    """What the trained predictor draws, uncalibrated, (N, T, 58): answers to one speaker of each training conversation,
    and to each development speaker."""
    predictor = load_predictor(config, tokeniser)
    found = {}
    for name, sides in (("training", 2), ("development", 1)):
        talks = part(name, config.data, config.predictor.audio.kind)[0]
        speakers, sound = faces(talks)[0][::sides], voices(talks, predictor)
        sound = None if sound is None else sound[::sides]
        found[name] = listen(tokeniser, predictor, speakers, shipped_sampling(config), 1, shows=False, sound=sound)
    return found


def within(x: np.ndarray) -> np.ndarray:
    """The covariance of sequences (N, T, 58) about their own means, (58, 58)."""
    off = (x - x.mean(1, keepdims=True)).astype(np.float64).reshape(-1, x.shape[-1])
    return off.T @ off / len(off)


def mixture(made: np.ndarray, real: np.ndarray, sides: Sides = NAMED) -> np.ndarray:
    """The matrix (58, 58) that leads the covariance within drawn sequences to that within real ones, block by block; each
    channel's own spread stays, the lines see to it. People are taken in a mirror, too; what is drawn as it is, for what the
    network ties to one side is its own doing."""
    found = np.eye(58)
    a, b = within(made), within(np.concatenate([real, sides.mirrored(real)]))
    for own in MIXED:
        place = np.ix_(own, own)
        sizes = [np.sqrt(np.diag(c[place])) + 1e-6 for c in (a, b)]
        alike = [c[place] / np.outer(s, s) + RIDGE * np.eye(len(own)) for c, s in zip((a, b), sizes)]
        found[place] = sizes[0][:, None] * transport(*alike) / sizes[0]
    return found


def pace(x: np.ndarray, sides: Sides = NAMED) -> np.ndarray:
    """How quickly sequences (N, T, 58) move: the mean square of a frame's step as a share of the variance within sequences,
    (58,); left and right have one."""
    steps, own = (np.diff(x, axis=1).astype(np.float64) ** 2).mean((0, 1)), np.diag(within(x))
    return (steps + steps[sides.of]) / np.maximum(own + own[sides.of], LEAST)


def spectrum(x: np.ndarray, sides: Sides = NAMED) -> np.ndarray:
    """The power spectrum of sequences (N, T, 58) about their means, (T // 2 + 1, 58); left and right have one."""
    found = np.mean([np.abs(np.fft.rfft(one - one.mean(0), axis=0)) ** 2 for one in x], 0)
    return found + found[:, sides.of]


def slowed(power: np.ndarray, frames: int, goal: np.ndarray) -> np.ndarray:
    """The rates (58,) of the filters by which motion with this power spectrum, of sequences of so many frames, comes to the
    pace ``goal`` (58,); 1 where it has it already."""
    turn = np.cos(2 * np.pi * np.arange(len(power)) / frames)[:, None]

    def passed(rates: np.ndarray) -> np.ndarray:
        kept = power * (rates**2 / (1 - 2 * (1 - rates) * turn + (1 - rates) ** 2)) ** POLES
        return (kept * (2 - 2 * turn)).sum(0) / np.maximum(kept.sum(0), LEAST)

    low, high = np.full(58, SLOWEST), np.ones(58)
    for _ in range(30):
        middle = np.sqrt(low * high)
        quick = passed(middle) > goal
        low, high = np.where(quick, low, middle), np.where(quick, middle, high)
    return np.where(passed(np.ones(58)) > goal, low, 1)


def within_sessions(real: np.ndarray, sides: Sides = NAMED) -> np.ndarray:
    """What share of each channel's deviation over sequences (N, T, 58) it has within them, (58,); left and right have one."""
    own, whole = (v + v[sides.of] for v in (np.diag(within(real)), real.var((0, 1), dtype=np.float64)))
    return np.sqrt(own / np.maximum(whole, LEAST)).astype(real.dtype)


def lead(made: np.ndarray, real: np.ndarray, choice: Choice, sides: Sides = NAMED) -> tuple[Calibration, np.ndarray]:
    """A calibration without lines: what leads pace, levels, spreads and covariance of drawn motion (N, T, 58) back to real
    partners' (N, T, 58); and the motion as it comes to the lines. Paces, levels and spreads of left and right are one."""
    if not choice.smooths:
        return lead_at(made, real, choice, np.ones(58), sides)
    power, want = spectrum(made, sides), pace(real, sides)
    goal, bare = want, replace(choice, tempers=False)
    for _ in range(ROUNDS - 1):  # what mix and lines do to the pace is made up for
        found, mixed = lead_at(made, real, choice, slowed(power, made.shape[1], goal), sides)
        line(found, mixed, real, bare, sides)
        goal = goal * np.clip(want / np.maximum(pace(found.lined(mixed), sides), LEAST), 0.25, 4)
    return lead_at(made, real, choice, slowed(power, made.shape[1], goal), sides)


def lead_at(
    made: np.ndarray, real: np.ndarray, choice: Choice, rates: np.ndarray, sides: Sides
) -> tuple[Calibration, np.ndarray]:
    """``lead`` at these rates (58,) of the smoothing."""
    found = Calibration()
    found.rate, found.rest = choice.rate, choice.rest
    found.smoothing.copy_(torch.from_numpy(rates))
    level = made.mean((0, 1))
    found.level.copy_(torch.from_numpy((level + sides.mirrored(level)) / 2))
    found.share.fill_(1)
    off = found.sequences(made)
    variance = (off.astype(np.float64) ** 2).mean((0, 1))
    found.variance.copy_(torch.from_numpy(np.maximum((variance + variance[sides.of]) / 2, LEAST)))
    if choice.steady:
        found.steady.fill_(1)
        off = found.sequences(made)
    if choice.mixes:
        found.mix.copy_(torch.from_numpy(mixture(off[:, ::EVERY], real[:, ::EVERY], sides).flatten()))
    return found, found.mixed(off.reshape(-1, 58)).reshape(made.shape)


def led(found: Calibration, made: np.ndarray) -> np.ndarray:
    """Drawn sequences (N, T, 58) as they come to the lines."""
    return found.mixed(found.sequences(made).reshape(-1, 58)).reshape(made.shape)


def line(found: Calibration, mixed: np.ndarray, real: np.ndarray, choice: Choice, sides: Sides = NAMED) -> None:
    """Gives a calibration its lines, and tempers, from what comes to them (N, T, 58) and real partners (N, T, 58)."""
    x, y, own = mixed[:, ::EVERY].reshape(-1, 58), real[:, ::EVERY].reshape(-1, 58), SMILE + CHEEK
    shares = within_sessions(real, sides) if choice.within else np.ones(58, real.dtype)
    shares[own] = choice.spread
    y = y.mean(0) + shares * (y - y.mean(0))
    both = sides.both
    pairs = [knots(both(x, c), both(y, c)) for c in range(58)]
    for name, values in (("drawn", [p[0] for p in pairs]), ("shown", [p[1] for p in pairs])):
        getattr(found, name).copy_(torch.from_numpy(np.concatenate(values)).float())
    if choice.tempers:
        sessions = sparest(real[(real[..., own].std(1) > (STIRRED if choice.own else MOVED)).all(-1)], choice.sparest, sides)
        tempers = np.zeros((len(sessions), len(TEMPERED), len(QUANTILES)), np.float32)
        for place, (c, _) in enumerate(TEMPERED):
            at, values = np.quantile(both(x, c), QUANTILES), both(y, c)
            spreads = np.full(len(sessions), values.std())
            if choice.own:
                variances = np.array([both(session, c).var() for session in sessions])
                spreads *= np.sqrt(variances / variances.mean())
            for n, session in enumerate(sessions):
                shape = np.quantile(both(session, c), QUANTILES)
                shape = tempered(shape, values.mean(), spreads[n], real[..., c].max())
                tempers[n, place] = np.interp(pairs[c][0], at, shape)
        found.tempers = torch.from_numpy(tempers.flatten())


def sparest(sessions: np.ndarray, share: float, sides: Sides = NAMED) -> np.ndarray:
    """A share of the sessions (N, T, 58), in their order: those in which smile and cheek, each in deviations, visit the fewest
    places, by the entropy of where they are. Tempers of a spread that is nobody's own would visit more than real sessions do,
    of which some hardly move."""

    def entropy(session: np.ndarray) -> float:
        values = [sides.both(session, c) for c, _ in TEMPERED]
        places = np.stack([np.floor((own - own.mean()) / own.std() / CELL) for own in values], 1)
        shares = np.unique(places, axis=0, return_counts=True)[1] / len(places)
        return float(-shares @ np.log(shares))

    order = np.argsort([entropy(session) for session in sessions], kind="stable")
    return sessions[np.sort(order[: max(1, round(share * len(sessions)))])]


def fit(made: np.ndarray, real: np.ndarray, choice: Choice, sides: Sides = NAMED) -> Calibration:
    """The calibration of drawn motion (N, T, 58) to real partners (N, T, 58)."""
    found, mixed = lead(made, real, choice, sides)
    line(found, mixed, real, choice, sides)
    return found


def score(found: dict, real: dict, mimicry: dict) -> float:
    """The less, the better; of rows by channel set. The module says what it is."""
    parts = []
    for kind, own in found.items():
        distances = np.mean([own[key] / mimicry[kind][key] for key in DISTANCES])
        spread, index = math.log(own["variance"] / real[kind]["variance"]), own["si"] - real[kind]["si"]
        parts.append(distances + abs(spread) + abs(index) + own.get("rpcc", 0))
    return float(np.mean(parts))


class Held:
    """Answers that a calibration was not fitted to: to one speaker of each training conversation, that pair left out, and
    to each development speaker."""

    def __init__(self, config, made: dict[str, np.ndarray] | None = None):
        """``made``: by ``draw``, where it is not to be cached."""
        made, talks = made or drawn(config), part("training", config.data)[0]
        _, self.train_known, self.train = faces(talks)
        _, known, real = faces(part("development", config.data)[0])
        self.made, self.answers = made["training"], made["development"]
        self.pair, self.sides = np.array([talk.pair for talk in talks]), Sides.known(config.data)
        self.real = np.concatenate([self.train[::2], real])
        self.known = np.concatenate([self.train_known[::2], known])
        self.index = indices(self.train)
        self.kept: tuple[Choice | None, list[tuple]] = None, []

    def without(self):
        """For each training pair, or some that lie side by side: which conversations, and which sequences, are not of it."""
        pairs = sorted(set(self.pair))
        for some in np.array_split(pairs, min(len(pairs), MOST_PARTS)):
            others = ~np.isin(self.pair, some)
            yield others, np.repeat(others, 2)

    def led(self, choice: Choice) -> list[tuple]:
        """Of each pair left out and of the development pairs: the calibration without lines, what it was fitted to as it comes
        to the lines, the partners, and, of those that it was not fitted to, what comes to the lines and where it belongs.
        Those of the newest choice are kept: lines and tempers follow quickly."""
        key = replace(choice, tempers=True, sparest=1.0, own=False, spread=1.0, within=False)
        if self.kept[0] != key:
            count, found = len(self.made), []
            for talks, sides in self.without():
                own, fitted = lead(self.made[talks], self.train[sides], choice, self.sides)
                found.append((own, fitted, self.train[sides], led(own, self.made[~talks]), np.flatnonzero(~talks)))
            own, fitted = lead(self.made, self.train, choice, self.sides)
            where = np.arange(count, count + len(self.answers))
            found.append((own, fitted, self.train, led(own, self.answers), where))
            self.kept = key, found
        return self.kept[1]

    def shown(self, choice: Choice) -> list[np.ndarray]:
        """In the order of ``real``; as many draws of tempers as are looked at."""
        draws = [np.empty_like(self.real) for _ in range(DRAWS if choice.tempers else 1)]
        for own, fitted, real, other, where in self.led(choice):
            found = copy.deepcopy(own)
            line(found, fitted, real, choice, self.sides)
            plain = found.lined(other)
            for draw, out in enumerate(draws):
                out[where] = found.smiling(plain, other, found.pick([1000 * draw + int(n) for n in where]))
        return draws

    def mimicry(self) -> np.ndarray:
        """Fitted mimicry of the same speakers, left out in the same way."""
        out = np.empty_like(self.real)
        for talks, sides in self.without():
            own = Mimicry(self.train_known[sides], self.train[sides])
            out[: len(talks)][~talks] = own.fitted(self.known[: len(talks)][~talks], 0)
        own = Mimicry(self.train_known, self.train)
        out[len(self.pair) :] = own.fitted(self.known[len(self.pair) :], 0)
        return out

    def figures(self, made: np.ndarray) -> dict[str, dict[str, float]]:
        """Rows by channel set."""
        return {kind: row(made, self.real, self.known, kind, self.index) for kind in SETS}

    def mean_figures(self, choice: Choice) -> dict[str, dict[str, float]]:
        """Rows by channel set of a calibration, the mean over the draws of tempers."""
        draws = [self.figures(made) for made in self.shown(choice)]
        return {kind: mean_rows([draw[kind] for draw in draws]) for kind in SETS}


def tell(name: str, found: dict, value: float | None = None) -> None:
    print(name + (f": score {value:.4f}" if value is not None else ""))
    for kind, own in found.items():
        keys = [key for key in PRINTED if key in own]
        print("    " + kind.ljust(11) + " ".join(f"{key} {own[key]:.4f}" for key in keys), flush=True)


def tries_of(sides: Sides) -> dict[str, tuple]:
    """What is tried; a temper, which both sides of a smile share, only where sides are known."""
    return TRIED if sides.are_known else TRIED | {"tempers": (False,), "sparest": (1.0,), "own": (False,)}


def choose(held: Held) -> tuple[Choice, dict]:
    """The choice with the least score, and all that was tried."""
    drawn = np.concatenate([held.made, held.answers])
    rows = {"real partners": held.real, "fitted mimicry": held.mimicry(), "as drawn": drawn}
    rows = {name: held.figures(made) for name, made in rows.items()}
    for name, found in rows.items():
        tell(name, found)
    real, copies = rows["real partners"], rows["fitted mimicry"]
    known: dict[Choice, float] = {}
    tried = []
    best = Choice(tempers=held.sides.are_known)
    for name, values in tries_of(held.sides).items():
        tries = [replace(best, **{name: value}) for value in values]
        for choice in tries:
            if choice not in known:
                found = held.mean_figures(choice)
                known[choice] = score(found, real, copies)
                tell(str(choice), found, known[choice])
                tried.append(asdict(choice) | {"score": round(known[choice], 4), "figures": rounded(found)})
        best = min(tries, key=known.__getitem__)
    rough = held.mean_figures(replace(best, smooths=False))
    tell("not smoothed", rough, score(rough, real, copies))
    told = {"rows": {name: rounded(found) for name, found in rows.items()}, "tried": tried, "chosen": asdict(best)}
    return best, told | {"not smoothed": {"score": round(score(rough, real, copies), 4), "figures": rounded(rough)}}


def winner(told: dict) -> dict:
    """What was found of the calibration that was chosen."""
    best = told["chosen"]
    return next(one for one in told["tried"] if all(one[key] == best[key] for key in best))


def rounded(found: dict) -> dict:
    """Rows by channel set, as they are printed."""
    return {kind: {key: round(own[key], 4) for key in PRINTED if key in own} for kind, own in found.items()}


def keep(found: Calibration, choice: Choice) -> None:
    """Writes a calibration beside the checkpoints."""
    state = {"rate": choice.rate, "rest": choice.rest, "calibration": found.state_dict()}
    checkpoint.save(state, work_root() / NAME)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config")
    arguments = parser.parse_args()
    torch.set_grad_enabled(False)
    threads.one()
    held = Held(load(arguments.config))
    choice, told = choose(held)
    (work_root() / TOLD).write_text(json.dumps(told, indent=1) + "\n")
    found = fit(held.made, held.train, choice, held.sides)
    keep(found, choice)
    print(f"chosen: {choice}")


if __name__ == "__main__":
    main()
