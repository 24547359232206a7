"""Measures every shipped model through the Swift binary: `python -m mien_training.evaluate` (`make evaluate`).

Writes tables as Markdown and JSON, and pictures, into Models/evaluation. Rows of baselines and ablations come from a study's
folder where there is one (`mien_training.suhmo.study`, `mien_training.sfms.study`), and stay as they are in the tables where
there is none.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def commands(mien: Path, folder: Path, study: Path) -> dict[str, list[str]]:
    """Module and arguments by the page that each writes; what a module prints is a page where it writes none itself."""
    suhmo = ["--shipped", "--mien", mien, "--output", folder / "suhmo", "--pictures", folder]
    if (study / "suhmo").exists():
        suhmo += ["--study", study / "suhmo"]
    found = {"suhmo": ["mien_training.suhmo.tables", *suhmo]}
    for name in ("reconstruction", "listening"):
        found[f"sfms-{name}"] = [f"mien_training.sfms.{name}", "--binary", mien, "--json", folder / f"sfms-{name}.json"]
    return {page: [str(part) for part in command] for page, command in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mien", type=Path, default=ROOT / ".build" / "release" / "mien", help="the Swift binary")
    parser.add_argument("--study", type=Path, default=ROOT / "runs", help="the studies' folder")
    parser.add_argument("--output", type=Path, default=ROOT / "Models" / "evaluation")
    parser.add_argument("--only", nargs="+", help="pages: suhmo, sfms-reconstruction, sfms-listening")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    failed = []
    for page, (module, *rest) in commands(arguments.mien.resolve(), arguments.output.resolve(), arguments.study).items():
        if arguments.only and page not in arguments.only:
            continue
        if find_spec(module) is None:
            print(f"{page}: there is no {module}")
            continue
        print(f"{page}: measuring", flush=True)
        done = subprocess.run([sys.executable, "-m", module, *rest], stdout=subprocess.PIPE, text=True)
        if done.returncode:
            failed.append(page)
        elif page != "suhmo":
            (arguments.output / f"{page}.md").write_text(done.stdout)
        print(done.stdout, flush=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
