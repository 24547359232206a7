"""What the tests of joint training share: a test's file run by `torchrun` in two processes."""

import os
import subprocess
import sys
from pathlib import Path

import torch

from mien_training.run import processes

TRAINING = Path(__file__).resolve().parents[1]


def in_two_processes(file: str, folder: Path, *arguments: str) -> list:
    """What both processes kept of a file's run."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", file, folder, *arguments]
    environment = os.environ | {"PYTHONPATH": str(TRAINING)}  # torchrun runs a file, which finds only what lies beside it
    done = subprocess.run(command, cwd=TRAINING, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    return [torch.load(folder / f"{rank}.pt") for rank in (0, 1)]


def as_one_of_them(make) -> None:
    """Joins the other process, and keeps what is made for the test; its file ends with this."""
    torch.set_num_threads(1)
    processes.start()
    made = make(*sys.argv[2:])
    torch.save(made, Path(sys.argv[1]) / f"{processes.rank()}.pt")
    processes.stop()
