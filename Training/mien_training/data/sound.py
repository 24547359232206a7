"""Sound of the published sets as columns at 25 motion frames a second; a frame of NaN was not heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .. import sound

RATE = 25.0


def react(root: Path, path: str, frames: int, kind: str = "log-mel") -> tuple[np.ndarray | None, str]:
    """The voice of one clip of REACT 2024, (frames, columns), and what the columns are.

    ROOT/Audio_files/PATH.wav gives the log-mel that Mien hears live; ROOT/Audio_features/PATH.npy, (T', 768), are wav2vec2's
    features, 50 or 25 a second: a place of our own choice, where whoever makes such features puts them. ``kind`` says which of
    the two is read: ``log-mel`` or ``own``; nothing where it is not there.
    """
    wav, own = root / "Audio_files" / f"{path}.wav", root / "Audio_features" / f"{path}.npy"
    if kind == "log-mel" and wav.exists():
        return sound.motion_frames(sound.read(wav), frames), sound.KIND
    if kind == "own" and own.exists():
        values = np.load(own)
        values = values.reshape(-1, values.shape[-1]).astype(np.float32)
        if len(values) > 1.5 * frames:  # 50 a second: the mean of neighbours
            values = values[: len(values) // 2 * 2].reshape(-1, 2, values.shape[1]).mean(1)
        return fitted(values, frames), f"wav2vec2-{values.shape[1]}"
    return None, "none"


def learning2listen(columns: np.ndarray, seconds: float, frames: int) -> tuple[np.ndarray, str]:
    """Mel columns of Learning2Listen, (4 T, 128) over ``seconds``, for 25 frames a second: of each the last four columns
    that had ended by then, the oldest first, (frames, 512)."""
    rate = len(columns) / seconds
    ended = np.floor(np.arange(frames) / RATE * rate + 1e-6).astype(int)
    out = np.full((frames, 4 * columns.shape[1]), np.nan, np.float32)
    for frame in np.flatnonzero((ended >= 4) & (ended <= len(columns))):
        out[frame] = columns[ended[frame] - 4 : ended[frame]].reshape(-1)
    return out, f"mel-{columns.shape[1]}x4"


def fitted(values: np.ndarray, frames: int) -> np.ndarray:
    """As many frames as asked for; those beyond the end were not heard."""
    out = np.full((frames, values.shape[1]), np.nan, np.float32)
    out[: len(values)] = values[:frames]
    return out
