"""Golden log-mel columns by librosa, for the Swift tests: ``python -m mien_training.golden.make_sound`` (needs ``librosa``).

One second of a made-up voice, a gliding tone with overtones that swells and falls silent, with a little noise; librosa's mel
spectrogram of it, as ``mien_training.sound`` says what a column is.
"""

from __future__ import annotations

import numpy as np

from .. import sound
from ..export import write_weights
from ..sfms.config import REPOSITORY

FILE = REPOSITORY / "Tests" / "PerceptionTests" / "Golden" / "log-mel.safetensors"


def voice() -> np.ndarray:
    """16,000 samples that fp32 holds exactly."""
    random = np.random.default_rng(8)
    t = np.arange(sound.RATE) / sound.RATE
    phase = 2 * np.pi * np.cumsum(140 + 60 * t) / sound.RATE
    tone = sum(np.sin(k * phase) / k for k in range(1, 30))
    swell = np.clip(np.sin(2 * np.pi * 1.5 * t), 0, None)
    return np.round((0.3 * tone * swell + 0.003 * random.normal(size=len(t))) * 8192) / 16384


def reference(samples: np.ndarray) -> np.ndarray:
    """librosa's columns, (100, 64)."""
    import librosa

    padded = np.concatenate([np.zeros(sound.WINDOW - sound.HOP), samples])
    mel = librosa.feature.melspectrogram(
        y=padded, sr=sound.RATE, n_fft=sound.WINDOW, hop_length=sound.HOP, window="hann", center=False, power=2.0,
        n_mels=sound.BANDS, fmin=0.0, fmax=sound.RATE / 2, htk=False, norm="slaney", dtype=np.float64,
    )
    return np.log(np.maximum(mel.T, sound.FLOOR))


def main() -> None:
    samples = voice()
    write_weights(FILE, {"samples": samples, "columns": reference(samples)})


if __name__ == "__main__":
    main()
