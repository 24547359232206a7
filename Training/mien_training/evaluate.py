"""Measures every shipped model through the Swift binary: `python -m mien_training.evaluate` (`make evaluate`).

Writes tables as Markdown and JSON, and pictures, into Models/evaluation, and the cards that tell of them. Rows of baselines
and ablations come from a study's folder where there is one (`mien_training.suhmo.study`, `mien_training.sfms.study`), and stay
as they are in the tables where there is none. SUHMo's tables get the paper's FVD, FID and t-FID, too, where the networks are
named (`--i3d`, `--inception`: `mien_training.metrics.networks`). A page that is complete is passed over the next time, so an
interrupted run goes on where it was; it is measured again when the binary, the weights, the training code or the recordings
have changed. Pages in another folder (`--output`) are complete on their own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import threading
import time
from importlib.util import find_spec
from pathlib import Path

from . import retrained
from .data import prepare
from .data.cache import cache_folder
from .sfms import folds, seeds
from .sfms.config import work_root
from .sfms.dense import CALIBRATED, PLAIN
from .sfms.export import PREDICTOR
from .sfms.rows import BORROWED

ROOT = Path(__file__).resolve().parents[2]
DONE = ROOT / ".cache" / "evaluated.json"
EVALUATION = ROOT / "Models" / "evaluation"
#: Pages that their modules print and do not write.
PRINTED = ("sfms-reconstruction", "sfms-listening", "sfms-folds", "sfms-seeds", "retrained")
#: The tables that pages are made from.
READ = {
    "retrained": retrained.tables, "sfms-seeds": seeds.files, "sfms-cards": lambda folder: sorted(folder.glob("sfms-*.json")),
    "sfms-pictures": lambda folder: seeds.there(folder, ["sfms-reconstruction.json"]),
}  # fmt: skip
#: The sets of tables that a page has a part for each of; without all of one set it would say nothing.
PARTS = {
    "sfms-seeds": [seeds.tables(name) for name in seeds.STATED],
    "retrained": [(*known.stated, known.again) for known in retrained.KNOWN],
}
#: The networks that the user may have, by option.
NETWORKS = {"i3d": "Kinetics I3D, for FVD", "inception": "InceptionV3, for FID and t-FID"}


def commands(mien: Path, folder: Path, study: Path, networks: dict[str, Path] | None = None) -> dict[str, list[str]]:
    """Module and arguments by the page that each writes; what a module prints is a page where it writes none itself."""
    suhmo = ["--shipped", "--mien", mien, "--output", folder / "suhmo", "--pictures", folder]
    if (study / "suhmo").exists():
        suhmo += ["--study", study / "suhmo"]
    for name, path in (networks or {}).items():
        suhmo += [f"--{name}", path]
    found = {"suhmo": ["mien_training.suhmo.tables", *suhmo]}
    card = ROOT / "Models" / "suhmo.md"
    found["suhmo-card"] = ["mien_training.suhmo.evaluate", "--mien", mien, "--card", card]
    for name in ("reconstruction", "listening"):
        found[f"sfms-{name}"] = [f"mien_training.sfms.{name}", "--binary", mien, "--json", folder / f"sfms-{name}.json"]
    if also := dense_listeners(work_root()):
        found["sfms-listening"] += ["--also", *also]
    if folds.are_trained():
        found["sfms-folds"] = ["mien_training.sfms.folds", "table", "--binary", mien, "--json", folder / "sfms-folds.json"]
    found["sfms-seeds"] = ["mien_training.sfms.seeds", "--folder", folder]
    found["retrained"] = ["mien_training.retrained", "--folder", folder]
    found["sfms-pictures"] = ["mien_training.sfms.pictures", "--binary", mien, "--output", folder]
    if folder == EVALUATION:  # cards are of what ships
        found["sfms-cards"] = ["mien_training.sfms.cards"]
    return {page: [str(part) for part in command] for page, command in found.items()}


def dense_listeners(runs: Path) -> list[str]:
    """The weights of dense predictors (`mien_training.sfms.dense`), as far as they are trained here."""
    found = []
    for folder, what in ((PLAIN, ""), (CALIBRATED, BORROWED)):
        for row, name in folds.DENSE.items():
            path = runs / f"listen-{row}" / folder
            found += [f"{name}{what}={path.resolve()}"] if (path / PREDICTOR).exists() else []
    return found


def lacking(page: str, folder: Path) -> list[str]:
    """The tables that a page lacks in a folder, where it has all of them for none of its parts."""
    parts = PARTS.get(page, [])
    absent = [[name for name in names if not (folder / name).exists()] for names in parts]
    return list(dict.fromkeys(name for names in absent for name in names)) if all(absent) else []


def record(page: str, folder: Path) -> str:
    """The name that a page's completion is kept by: each output folder has its own."""
    return page if folder == EVALUATION else f"{page} in {folder}"


def digest(mien: Path, study: Path, tables: list[Path]) -> str:
    """What all figures follow from: binary, weights, split, training code, the study's runs, the tracks, and the tables (and the
    user's networks) that a page reads."""
    found = hashlib.sha256()
    code = sorted((ROOT / "Training").rglob("*.py")) + sorted((ROOT / "Training").rglob("*.yaml"))
    for path in [mien, *tables, *sorted((ROOT / "Models").glob("*.safetensors")), *code]:
        found.update(path.read_bytes())
    runs = [*sorted(study.rglob("best.pt")), *sorted(work_root().glob("**/models*/sfms-*.safetensors"))]
    for path in [*runs, *sorted(cache_folder().glob("*.npz"))]:
        found.update(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
    return found.hexdigest()


def measured(page: str, command: list[str], before: float | None) -> str | None:
    """What a page's module printed, shown as it comes with a line a minute beside it; None where it failed."""
    begin, over = time.monotonic(), threading.Event()
    usual = f" (the last time {before / 60:.1f})" if before else ""

    def tell() -> None:
        while not over.wait(60):
            print(f"{page}: {(time.monotonic() - begin) / 60:.0f} minutes{usual}", file=sys.stderr, flush=True)

    threading.Thread(target=tell, daemon=True).start()
    printed = []
    with subprocess.Popen([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            print(line, end="", flush=True)
            printed.append(line)
    over.set()
    return None if running.returncode else "".join(printed)


def given() -> argparse.Namespace:
    """The arguments, with paths that are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mien", type=Path, default=ROOT / ".build" / "release" / "mien", help="the Swift binary")
    parser.add_argument("--study", type=Path, help="the studies' folder (default: runs, as far as it is there)")
    parser.add_argument(
        "--output", type=Path, default=EVALUATION,
        help="the folder that tables and pictures are written to, and other pages made from (default: Models/evaluation)",
    )
    for name, what in NETWORKS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"TorchScript of {what} in SUHMo's tables")
    parser.add_argument(
        "--only", nargs="+", help="pages: suhmo, suhmo-card, sfms-reconstruction, sfms-listening, sfms-folds (where trained), sfms-seeds, retrained, "
        "sfms-pictures, sfms-cards (of Models/evaluation)"
    )
    parser.add_argument("--again", action="store_true", help="measure pages that are complete, too")
    arguments = parser.parse_args()
    arguments.networks = {name: path.resolve() for name in NETWORKS if (path := getattr(arguments, name))}
    if not arguments.mien.is_file():
        found = "is a folder" if arguments.mien.is_dir() else "is not there"
        sys.exit(f"{arguments.mien} {found}, expected the Swift binary (make build)")
    if arguments.study and not arguments.study.is_dir():
        sys.exit(f"--study: {arguments.study} is not there, expected a folder of studies' runs")
    for name, path in arguments.networks.items():
        if not path.is_file():
            sys.exit(f"--{name}: {path} is not there, expected a TorchScript file")
    arguments.mien, arguments.output = arguments.mien.resolve(), arguments.output.resolve()
    arguments.study = arguments.study or ROOT / "runs"
    arguments.pages = commands(arguments.mien, arguments.output, arguments.study, arguments.networks)
    unknown = set(arguments.only or ()) - set(arguments.pages)
    if unknown:
        parser.error(f"--only: found {sorted(unknown)[0]}, expected {', '.join(arguments.pages)}")
    return arguments


def main() -> None:
    arguments = given()
    arguments.output.mkdir(parents=True, exist_ok=True)
    prepare.ensure()
    known = json.loads(DONE.read_text()) if DONE.exists() else {}
    chosen = [page for page in arguments.pages if not arguments.only or page in arguments.only]
    failed = []
    for number, page in enumerate(chosen, 1):
        module, *rest = arguments.pages[page]
        where, name = f"[{number}/{len(chosen)}] {page}", record(page, arguments.output)
        if lacks := lacking(page, arguments.output):
            print(f"{where}: there is no {', '.join(lacks)} in {arguments.output}, which it is made from", file=sys.stderr)
            failed.append(page)
            continue
        tables = READ[page](arguments.output) if page in READ else []
        tables += arguments.networks.values() if page == "suhmo" else []
        now, last = digest(arguments.mien, arguments.study, tables), known.get(name, {})
        if last.get("digest") == now and not arguments.again:
            print(f"{where}: complete, nothing that it follows from has changed (--again measures it anyway)")
            continue
        if find_spec(module) is None:
            print(f"{where}: there is no {module}")
            continue
        print(f"{where}: measuring", flush=True)
        begin = time.monotonic()
        printed = measured(page, [module, *rest], last.get("seconds"))
        if printed is None:
            failed.append(page)
            continue
        if page in PRINTED:
            (arguments.output / f"{page}.md").write_text(printed)
        known[name] = {"digest": now, "seconds": round(time.monotonic() - begin, 1)}
        DONE.parent.mkdir(parents=True, exist_ok=True)
        DONE.write_text(json.dumps(known, indent=1) + "\n")
        print(f"{where}: {known[name]['seconds'] / 60:.1f} minutes", flush=True)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
