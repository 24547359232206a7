"""Linear maps used many times in a sequence whose weight gradient is computed once.

Back-propagation through time adds a [outputs, inputs] gradient at every step; for small batches that traffic costs more
than all else. `DeferredLinear` keeps each step's input and output gradient and multiplies them all at the end: the same
gradient up to rounding, at about half the time.
"""

from __future__ import annotations

import torch
from torch import Tensor


class _Anchor(torch.autograd.Function):
    """A zero that depends on the weight; its backward runs after those of all steps."""

    @staticmethod
    def forward(ctx, weight: Tensor, tape: list) -> Tensor:
        ctx.tape = tape
        return weight.new_zeros(())

    @staticmethod
    def backward(ctx, _):
        gradients, inputs = (torch.cat(part) for part in zip(*ctx.tape))
        ctx.tape.clear()
        return (gradients.t() @ inputs).float(), None


class _Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, anchor: Tensor, tape: list) -> Tensor:
        x = x.to(weight.dtype)
        ctx.save_for_backward(x, weight)
        ctx.tape = tape
        return (x @ weight.t()).float()

    @staticmethod
    def backward(ctx, gradient: Tensor):
        x, weight = ctx.saved_tensors
        narrow = gradient.to(weight.dtype)
        ctx.tape.append((narrow, x))
        return (narrow @ weight).float(), None, gradient.new_zeros(()), None


class DeferredLinear:
    """x -> x W^T for the steps of one rollout; in bfloat16 if `narrow`, sums and gradients of weights in float32."""

    def __init__(self, weight: Tensor, narrow: bool = False):
        self.tape: list = []
        self.weight = weight.detach().to(torch.bfloat16 if narrow else weight.dtype)
        self.anchor = _Anchor.apply(weight, self.tape) if torch.is_grad_enabled() else None

    def __call__(self, x: Tensor) -> Tensor:
        if self.anchor is None:
            return (x.to(self.weight.dtype) @ self.weight.t()).float()
        return _Step.apply(x, self.weight, self.anchor, self.tape)
