"""Whether listeners follow their speaker in how much they smile: ``python -m mien_training.sfms.followed [--output FILE]``.

A calibration leads every listener's level and spread back to the same values. Would the speaker tell better ones? This
correlates the mean and the deviation of listeners' smiles with those of their speakers', over conversations of the training
and development pairs, and within conversations, over their thirds less the conversation's own mean; each with the 5th and 95th
percentile over pairs drawn with replacement. And does the shipped network use the speaker by itself? Of development blocks it
tells how well the network foretells the smile's tokens with the speaker, without and with a wrong one, in nats a row. Writes
``Models/evaluation/sfms-followed.json``, which the card tells.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from ..run.errors import in_a_line
from .channels import SMILE, smile_groups
from .config import MODELS
from .dataset import part
from .export import load_shipped, weights_of
from .talk import faces
from .tokenise import tokenise
from .train_predictor import Batches, entropies, reference

FILE = "sfms-followed.json"
DRAWS = 2000
PARTS = 3  # of a conversation of three minutes


def correlations(listener: np.ndarray, speaker: np.ndarray, pair: np.ndarray) -> dict[str, list[float]]:
    """Of smiles (N, T) and the pair of each: r, and its 5th and 95th percentile over drawn pairs, by what is compared."""
    length = listener.shape[1] // PARTS * PARTS
    cut = lambda x: x[:, :length].reshape(len(x), PARTS, -1)  # noqa: E731
    own = lambda x: x - x.mean(1, keepdims=True)  # noqa: E731
    sides = {
        "mean": [x.mean(1) for x in (listener, speaker)], "deviation": [x.std(1) for x in (listener, speaker)],
        "mean within": [own(cut(x).mean(2)) for x in (listener, speaker)],
        "deviation within": [own(cut(x).std(2)) for x in (listener, speaker)],
    }  # fmt: skip
    random = np.random.default_rng(0)
    pairs = sorted(set(pair))
    where = {name: np.flatnonzero(pair == name) for name in pairs}
    draws = [np.concatenate([where[name] for name in random.choice(pairs, len(pairs))]) for _ in range(DRAWS)]
    found = {}
    for name, (a, b) in sides.items():
        r = lambda rows: float(np.corrcoef(a[rows].ravel(), b[rows].ravel())[0, 1])  # noqa: E731
        low, high = np.percentile([r(rows) for rows in draws], [5, 95])
        found[name] = [round(float(value), 3) for value in (r(np.arange(len(pair))), low, high)]
    return found


def foretold(config) -> dict[str, float]:
    """Cross-entropy of the smile's tokens in development blocks, nats a row, by what is known of the speaker."""
    tokeniser, predictor = load_shipped(config)
    check = tokenise(tokeniser, part("development", config.data)[0], 0, None)
    found = entropies(predictor, reference(Batches([check], tokeniser, config.past)))
    smiles = smile_groups(tokeniser.groups)
    return {name: round(float(groups[smiles].mean()), 4) for name, groups in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=MODELS / "evaluation" / FILE, help="the file to write (default: %(default)s)")
    arguments = parser.parse_args()
    with in_a_line():
        config, _ = weights_of(None)
        data = config.data
        talks = part("training", data)[0] + part("development", data)[0]
    _, known, real = faces(talks)
    smile = lambda x: x[..., SMILE].mean(-1)  # noqa: E731
    names = np.repeat([talk.pair for talk in talks], 2)
    found = correlations(smile(real), smile(known), names) | {"pairs": len(set(names)), "conversations": len(talks)}
    found["foretold"] = foretold(config)
    with in_a_line():
        arguments.output.write_text(json.dumps(found, indent=1) + "\n")
    for name, value in found.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
