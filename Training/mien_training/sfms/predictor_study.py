"""What the choices of the predictor's training do, each changed by itself.

    python -m mien_training.sfms.predictor_study [ROW ...] [--json FILE]

Each row trains the predictor that ships, with half of its steps and one thing changed, on the same tokens, blocks and seed. Figures
are of 1,024 blocks of the development pairs, at each row's checkpoint with the best smile there; no pair of the test has a part.
Smile and all groups: cross-entropy in nats a row of tokens, of the smile's group and of all by the training's shares, classes
unweighted. Cold: the smile's with a listener that has no past, all 40 frames of its own neutral. Smile, no speaker: nothing is
sensed of whom it answers. Keyframes: how many a row's probabilities ask for in the smile's group, as a share of how many there are.
Timing: soft-DTW (γ as in training) between when the smile's keyframes are and how probable they are. Of one training a row:
differences of a hundredth are luck.

Needs the listener's tokeniser (``mien_training.sfms.train_tokeniser``); a run that is complete is passed over, another resumed. Rows
that are not trained here stay as they are in the JSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from ..run import checkpoint, threads
from ..run.errors import in_a_line
from .channels import smile_groups
from .config import MODELS, load, work_root
from .figures import introduction
from .predictor import Predictor
from .soft_dtw import soft_dtw
from .train_predictor import BEST, NAME, Batches, PredictorTrainer, entropy, judged_blocks, load_tokeniser, material

STEPS = 1650
FILE = "sfms-predictor-study.json"
PAGE = "sfms-predictor-study.md"

#: What a row changes, and what the page calls it. The paper's weight of the class "no keyframe" is (k / T) / (1 − k / T) with
#: k = 10 of T = 48.
ROWS: dict[str, tuple[str, dict[str, object]]] = {
    "as-shipped": ("as it ships", {}),
    "weighted": ("classes weighted as in the paper (no keyframe 0.26)", {"transition_weight": 0.26}),
    "no-soft-dtw": ("no soft-DTW", {"soft_dtw": 0.0}),
    "no-prefix": ("no neutral prefixes", {"neutral_prefix": 0.0}),
    "parallel": ("all rows of a block at once, as in the paper", {"rows": "parallel"}),
    "whole-speaker": ("speakers always there, whole", {"drop_all": 0.0, "drop_channel": 0.0}),
}  # fmt: skip
COLUMNS = {"smile": "smile", "all": "all groups", "cold": "cold", "blind": "smile, no speaker", "keyframes": "keyframes", "timing": "timing"}


def configured(row: str, path: Path | None = None):
    """The listener's configuration with the row's change."""
    return load(path, predictor={"steps": STEPS} | ROWS[row][1])


def train(row: str, path: Path | None, minutes: float, afresh: bool = False) -> tuple[Predictor, Batches]:
    """The row's predictor at its best checkpoint, trained where it is not yet (``afresh``: anyhow), and the development talks."""
    config = configured(row, path)
    folder = work_root() / "predictor-study" / row
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    tokeniser = load_tokeniser(config)
    batches, checks, heard, _ = material(config, tokeniser)
    model = Predictor(config.predictor, tokeniser.codes[0], config.past, config.hop, len(tokeniser.groups))
    trainer = PredictorTrainer(config, model, batches, checks.plain(judged_blocks(checks)), heard)
    trainer.settings["tokens"] = checkpoint.digest(tokeniser.state_dict())
    if not afresh:
        trainer.resume(folder / NAME)
    trainer.run(folder / NAME, minutes)
    model.load_state_dict(checkpoint.needed(folder / BEST, "model")["model"])
    return model.eval(), checks


@torch.no_grad()
def figures(model: Predictor, checks: Batches, shares: list[float], gamma: float) -> dict[str, float]:
    """A row's figures, by ``COLUMNS``."""
    motion, tokens, speaker, targets, *sound = checks.plain(judged_blocks(checks))
    smiles, shares = smile_groups(checks.groups), torch.tensor(shares)
    logits = model(motion, tokens, speaker, targets, *sound)
    each = entropy(logits, targets)
    key, there = (1 - torch.softmax(logits, -1)[..., 0])[..., smiles], (targets > 0).float()[..., smiles]
    warp = soft_dtw(*(x.transpose(1, 2).flatten(0, 1) for x in (key, there)), gamma).mean()
    blind = entropy(model(motion, tokens, torch.zeros_like(speaker), targets, *sound), targets)
    cold = entropy(model(*forgotten(checks, motion, tokens), speaker, targets, *sound), targets)
    return {
        "smile": float(each[smiles].mean()), "all": float((each * shares).sum()), "cold": float(cold[smiles].mean()),
        "blind": float(blind[smiles].mean()), "keyframes": float(key.sum() / there.sum()), "timing": float(warp),
    }  # fmt: skip


def forgotten(checks: Batches, motion: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Blocks' histories (B, past, 62) and (B, past, G) as if the listener had none."""
    motion, tokens = motion.clone(), tokens.clone()
    for own, remembered in zip(motion, tokens):
        checks.forget(own[:, :58], own[:, 58:], remembered, checks.past)
    return motion, tokens


def page(found: dict[str, dict[str, float]]) -> str:
    """The figures as Markdown."""
    out = ["# What the predictor's training is made of", "", introduction(__doc__), ""]
    return "\n".join([*out, *rows(found)]) + "\n"


def rows(found: dict[str, dict[str, float]]) -> list[str]:
    """The table alone."""
    out = ["| predictor | " + " | ".join(COLUMNS.values()) + " |", "|---" * (1 + len(COLUMNS)) + "|"]
    for row in [row for row in ROWS if row in found]:
        out.append(f"| {ROWS[row][0]} | " + " | ".join(f"{found[row][key]:.3f}" for key in COLUMNS) + " |")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)} (default: all)")
    parser.add_argument("--config", type=Path, help="of the listener (default: sfms.yaml)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="for each row, at most")
    parser.add_argument("--afresh", action="store_true", help="begin again where a row would be passed over or go on")
    parser.add_argument("--json", type=Path, default=MODELS / "evaluation" / FILE, help="written, with a page beside it; rows that are not made here stay (default: Models/evaluation)")
    arguments = parser.parse_args()
    if unknown := [row for row in arguments.rows if row not in ROWS]:
        parser.error(f"argument ROW: {unknown[0]} is no row, expected one of {', '.join(ROWS)}")
    threads.one()
    found = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
    for row in arguments.rows or ROWS:
        print(f"== {row}", flush=True)
        with in_a_line():
            model, checks = train(row, arguments.config, arguments.minutes, arguments.afresh)
        c = configured(row, arguments.config).predictor
        found[row] = figures(model, checks, c.group_weights or [1.0] * model.count, c.soft_dtw_gamma)
        now = json.loads(arguments.json.read_text()) if arguments.json.exists() else {}
        arguments.json.write_text(json.dumps(now | {row: found[row]}, indent=1) + "\n")
    arguments.json.with_suffix(".md").write_text(page(found))
    print("\n".join(rows(found)))


if __name__ == "__main__":
    main()
