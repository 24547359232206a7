"""Loads every source and writes the track cache: ``python -m mien_training.data.prepare --out .cache/tracks``."""

from __future__ import annotations

import argparse
from pathlib import Path

from tqdm import tqdm

from ..facefit.basis import FaceBasis
from ..run import threads
from . import clips, dyads, livelink, moves, news, signs
from .cache import SOURCES, cache_folder, save
from .track import Track, data_folder


def load_source(source: str, folder: Path, basis: FaceBasis) -> list[Track]:
    """All tracks of one source; the dyads' partners one after the other."""
    if source == "dyads":
        return [track for dyad in dyads.load(folder) for track in (dyad.a, dyad.b)]
    if source in ("signs", "news"):
        return {"signs": signs, "news": news}[source].load(folder, basis)
    return {"moves": moves, "clips": clips, "livelink": livelink}[source].load(folder)


def ensure() -> None:
    """Writes the track cache where it is not complete."""
    if not all((cache_folder() / f"{source}.npz").exists() for source in SOURCES):
        prepare(data_folder(), cache_folder())


def prepare(data: Path, out: Path) -> None:
    """Writes every source's tracks; a folder without recordings is an error that names it."""
    missing = [source for source in SOURCES if not (data / source).is_dir()]
    if missing:
        raise SystemExit(f"{data}: no recordings of {', '.join(missing)}; name their folder with MIEN_DATA")
    threads.one()
    basis = FaceBasis.load()
    progress = tqdm(SOURCES, unit="source")
    for source in progress:
        progress.set_description(source)
        tracks = load_source(source, data, basis)
        save(out, source, tracks, [basis.image(track.values) for track in tracks])
        progress.write(f"{source}: {len(tracks)} tracks, {sum(map(len, tracks)) / 25 / 60:.1f} min")
    print(f"wrote {out}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=data_folder(), help="the recordings (default: MIEN_DATA)")
    parser.add_argument("--out", type=Path, default=cache_folder())
    arguments = parser.parse_args()
    prepare(arguments.data, arguments.out)


if __name__ == "__main__":
    main()
