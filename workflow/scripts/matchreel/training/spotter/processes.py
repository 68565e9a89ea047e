"""Several GPUs: one process each, started by torchrun, that share every batch."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from matchreel.training.spotter.launch import is_worker

# The others wait while the first judges all validation games; torchrun ends them all if it dies.
_PATIENCE = timedelta(days=1)


class Processes:
    """This process among those that train together; alone it does nothing."""

    def __init__(self, rank: int = 0, count: int = 1) -> None:
        self.rank, self.count = rank, count

    @classmethod
    def join(cls, device: torch.device) -> Processes:
        """Join the group that torchrun announces in the environment; alone where it announces none."""
        if not is_worker():
            return cls()
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
        return cls(distributed.get_rank(), distributed.get_world_size())

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and judges."""
        return self.rank == 0

    @property
    def words(self) -> tuple[object, ...]:
        """What tells this process's random draws from the others'; nothing where it is alone."""
        return () if self.count == 1 else (self.rank, self.count)

    def share_of(self, items: Sequence[Any]) -> Sequence[Any]:
        """Every count-th item; none where there are fewer items than processes."""
        return items[self.rank :: self.count]

    def wrapped(self, network: nn.Module, *, may_leave_unused: bool) -> nn.Module:
        """The network, its gradients averaged over all processes.

        may_leave_unused: some weights may take no part in a step.
        """
        if self.count == 1:
            return network
        return DistributedDataParallel(network, find_unused_parameters=may_leave_unused)

    def unsynchronised(self, module: nn.Module) -> AbstractContextManager[None]:
        """Gradients add up here without being averaged yet."""
        if not isinstance(module, DistributedDataParallel):
            return nullcontext()
        return module.no_sync()

    def summed(self, value: float, device: torch.device) -> float:
        """The sum of a number over all processes."""
        if self.count == 1:
            return value
        held = torch.tensor(
            [value], dtype=torch.float64 if device.type == "cpu" else torch.float32, device=device
        )
        distributed.all_reduce(held)
        return float(held)

    def from_first(self, value: Any) -> Any:
        """The first process's value, in all of them."""
        if self.count == 1:
            return value
        held = [value]
        distributed.broadcast_object_list(held, src=0)
        return held[0]

    def wait(self) -> None:
        """Until all have come this far."""
        if self.count > 1:
            distributed.barrier()

    def leave(self) -> None:
        """End the group."""
        if self.count > 1:
            distributed.destroy_process_group()
