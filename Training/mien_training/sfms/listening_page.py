"""The listening tables as a page: what their columns say, what is nearest to the truth, what holds."""

from __future__ import annotations

from collections.abc import Iterable

from .figures import RATE, REACH, SMOOTH
from .rows import BORROWED, CLUSTERS, LEARNT, ORDERED, QUICK, order, place
from .talk import Talk

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


#: What of FD is left to one Gaussian for all, and what ``nearest`` calls it.
LEFT = {"fd_one_for_all": "one for all", "fd_taught": "taught"}


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


def page(found: dict, words: str, heading: str = "Listening", names: dict[str, str] = NAMES, spread: str = DRAWS) -> str:
    """The tables as Markdown, under what is said of them and a heading; ``names``: of the channel sets."""
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
