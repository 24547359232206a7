"""Processes that train one model together, started by `torchrun` (gloo on CPU, nccl on CUDA).

Each process draws its own part of a batch; gradients are averaged before each step of an optimiser, so that all
processes hold equal weights. Without `torchrun` there is one process, and nothing here does anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, distributed, nn

from . import threads


def start(device: str = "cpu") -> torch.device:
    """Joins the processes that `torchrun` started, if it did; the device of this one. Each has one thread."""
    threads.one()
    local = int(os.environ.get("LOCAL_RANK", 0))
    chosen = torch.device("cuda", local) if device == "cuda" else torch.device(device)
    if chosen.type == "cuda":
        if not torch.cuda.is_available():
            raise SystemExit("--device cuda: no CUDA device is there, expected one; --device cpu trains without")
        torch.cuda.set_device(chosen)
    if int(os.environ.get("WORLD_SIZE", 1)) > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    return chosen


def stop() -> None:
    if distributed.is_initialized():
        distributed.destroy_process_group()


def rank() -> int:
    return distributed.get_rank() if distributed.is_initialized() else 0


def count() -> int:
    return distributed.get_world_size() if distributed.is_initialized() else 1


def part(rows: Tensor) -> Tensor:
    """This process' part of a batch that all of them drew."""
    size = len(rows) // count()
    return rows[rank() * size : (rank() + 1) * size]


def divides(name: str, batch: int) -> None:
    """Stops where a batch cannot be shared by the processes."""
    if batch % count():
        raise SystemExit(f"{name} is {batch}, expected a multiple of the {count()} processes")


@contextmanager
def first():
    """The first process goes through the block before the others do, which then find what it made."""
    if rank():
        distributed.barrier()
    yield
    if count() > 1 and not rank():
        distributed.barrier()


def say(text: str) -> None:
    """Prints, as the first process alone."""
    if not rank():
        print(text, flush=True)


def gathered(own: Any) -> list[Any]:
    """What each process has, in the order of their ranks."""
    if count() == 1:
        return [own]
    every: list[Any] = [None] * count()
    distributed.all_gather_object(every, own)
    return every


def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """Replaces each gradient by its mean over all processes; one message for all."""
    if count() == 1:
        return
    gradients = [p.grad for p in parameters if p.grad is not None]
    flat = torch.cat([g.flatten() for g in gradients])
    distributed.all_reduce(flat)
    flat /= count()
    at = 0
    for gradient in gradients:
        gradient.copy_(flat[at : at + gradient.numel()].view_as(gradient))
        at += gradient.numel()


def equal_weights(*modules: nn.Module) -> None:
    """Gives every process the first one's weights and buffers."""
    if count() > 1:
        for module in modules:
            for tensor in [*module.parameters(), *module.buffers()]:
                distributed.broadcast(tensor.data, 0)


class _Sum(torch.autograd.Function):
    """The sum over all processes; each one's gradient is the sum of everybody's."""

    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        total = values.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return _Sum.apply(gradient)


def mean(values: Tensor) -> Tensor:
    """The mean over all processes, through which gradients flow: what a loss that is not a mean over samples needs."""
    return values if count() == 1 else _Sum.apply(values) / count()


def shared(value: float, device: torch.device) -> float:
    """The first process' value: what all must agree on, such as the time that has passed."""
    if count() == 1:
        return value
    agreed = torch.tensor([value], device=device)
    distributed.broadcast(agreed, 0)
    return agreed.item()
