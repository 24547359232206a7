"""Log-mel columns beside librosa's, and where they lie in time."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from scipy.io import wavfile

from mien_training import sound
from mien_training.golden import make_sound as golden


def test_columns_are_librosas() -> None:
    stored = load_file(golden.FILE)
    assert np.abs(sound.log_mel(stored["samples"]) - stored["columns"]).max() < 1e-4


def test_the_golden_columns_are_what_librosa_makes_today() -> None:
    pytest.importorskip("librosa")
    assert np.abs(golden.reference(golden.voice()) - load_file(golden.FILE)["columns"]).max() < 1e-4


def test_a_frame_hears_nothing_of_its_future() -> None:
    samples = np.zeros(sound.RATE)
    samples[6400:] = 0.5  # from 0.4 s, which is frame 10
    heard = sound.motion_frames(samples, 26)
    floor = np.float32(np.log(sound.FLOOR))
    assert np.isnan(heard[0]).all() and (heard[1:11] == floor).all() and (heard[11] > floor).any()
    assert np.isfinite(heard[25]).all() and np.isnan(sound.motion_frames(samples, 27)[26]).all()


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_file_of_any_rate_is_the_same_voice(tmp_path: Path, rate: int) -> None:
    t = np.arange(rate) / rate
    tone = 0.25 * np.sin(2 * np.pi * 440 * t)
    wavfile.write(tmp_path / "voice.wav", rate, (np.stack([2 * tone, 0 * tone], 1) * 32767).astype(np.int16))
    found = sound.read(tmp_path / "voice.wav")
    expected = 0.25 * np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000)
    assert len(found) == 16_000 and np.abs(found - expected)[400:-400].max() < 2e-3
