"""How a network is trained: AdamW, one cycle of the learning rate, a fixed number of steps and a fixed seed."""

import os
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from captcha_range.core.clock import SystemClock

SEED = 20


def follow(
    network: nn.Module,
    batches: Iterator[tuple[Tensor, ...]],
    loss_of: Callable[..., Tensor],
    steps: int,
    rate: float,
    label: str,
) -> dict[str, float]:
    """Train in place for `steps`; what it cost and how it ended, for the record."""
    # Sums in another order round differently: one thread, whatever the machine has.
    torch.set_num_threads(1)
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.15)
    network.train()
    clock, cpu, smooth = SystemClock(), os.times(), 0.0
    began = clock.elapsed()
    for step in range(steps):
        loss = loss_of(network, *next(batches))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        smooth = loss.item() if step == 0 else 0.98 * smooth + 0.02 * loss.item()
        if step % 100 == 99:
            print(f"{label} {step + 1}/{steps}: loss {smooth:.4f}, {clock.elapsed() - began:.0f} s", flush=True)
    now = os.times()
    return {
        "steps": steps,
        "loss": round(smooth, 4),
        "cpu_seconds": round(now.user + now.system - cpu.user - cpu.system, 1),
        "wall_seconds": round(clock.elapsed() - began, 1),
    }


def shuffled(count: int, size: int, seed: int) -> Iterator[Tensor]:
    """Batches of row numbers without end; every row once before any comes again."""
    chance = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(count, generator=chance)
        yield from order[: count // size * size].split(size)
