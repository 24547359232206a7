"""Weight files as the Swift reader wants them."""

import struct

import numpy as np
import pytest
from safetensors import safe_open

from mien_training.export import write_weights


def test_numbers_begin_on_a_cache_line_and_read_back(tmp_path):
    path = tmp_path / "m.safetensors"
    matrix, vector = np.arange(6.0).reshape(2, 3), np.ones(3)
    write_weights(path, {"a.weight": matrix, "a.bias": vector}, {"mien.kind": "test", "hop": 8}, half=("weight",))
    (length,) = struct.unpack("<Q", path.read_bytes()[:8])
    assert (8 + length) % 64 == 0
    with safe_open(path, "numpy") as file:
        assert file.metadata() == {"mien.kind": "test", "hop": "8"}
        assert file.get_tensor("a.weight").dtype == np.float16
        assert file.get_tensor("a.bias").dtype == np.float32
        assert (file.get_tensor("a.weight") == matrix).all()


def test_equal_weights_are_equal_files(tmp_path):
    tensors, metadata = {f"t{n}": np.full(3, n) for n in range(9)}, {f"key.{n}": f"ä{n}" for n in range(20)}
    paths = [tmp_path / f"{n}.safetensors" for n in range(4)]
    for path, order in zip(paths, (1, -1, 1, -1)):
        write_weights(path, dict(list(tensors.items())[::order]), dict(list(metadata.items())[::order]))
    assert len({path.read_bytes() for path in paths}) == 1
    with safe_open(paths[1], "numpy") as file:
        assert file.metadata() == metadata and (file.get_tensor("t7") == 7).all()


def test_what_is_not_finite_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a"):
        write_weights(tmp_path / "m.safetensors", {"a": np.array([np.nan])})
    with pytest.raises(ValueError, match="float16"):
        write_weights(tmp_path / "m.safetensors", {"a": np.full((2, 2), 1e6)}, half=True)
