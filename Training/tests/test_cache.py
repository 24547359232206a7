"""The cache of tracks is whole or not there."""

from pathlib import Path

import numpy as np
import pytest

from mien_training.data import cache
from mien_training.data.track import Track


def track(value: float) -> Track:
    return Track("one", "moves", "who", np.full((3, 58), value, np.float32), np.ones(58, bool), np.zeros(58, bool))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    cache.save(tmp_path / "tracks", "moves", [track(0.5)], [np.full((3, 68, 2), 0.25)])
    (found,) = cache.load_tracks(tmp_path / "tracks", ("moves",))
    assert np.array_equal(found.values, track(0.5).values) and found.sensed.all() and not found.lifted.any()
    assert found.extra["image"].shape == (3, 68, 2)
    assert [path.name for path in (tmp_path / "tracks").iterdir()] == ["moves.npz"]


def test_an_interrupted_writer_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(file, **arrays: np.ndarray) -> None:
        Path(file if isinstance(file, (str, Path)) else file.name).write_bytes(b"PK\x03\x04")
        raise KeyboardInterrupt

    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.save(tmp_path, "moves", [track(0.5)])
    assert not list(tmp_path.iterdir())  # or the next would take half of it
    monkeypatch.undo()
    cache.save(tmp_path, "moves", [track(0.5)])
    monkeypatch.setattr(np, "savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.save(tmp_path, "moves", [track(0.75)])
    assert cache.load_tracks(tmp_path, ("moves",))[0].values[0, 0] == 0.5
