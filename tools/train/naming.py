"""Training of the network that names objects, in two courses.

The first sees no example of every tenth class: what it makes of those says how the network does on things
that it never saw. The second goes on with all classes, and its result ships.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from tools.train.course import SEED, follow, shuffled
from tools.train.examples import HELD_OUT, Numbers, Rows
from tools.train.networks import Namer

BATCH = 128
FIRST_STEPS = 900
SECOND_STEPS = 800


def first_course(rolls: Rows, classes: Numbers, count: int) -> tuple[Namer, dict[str, float]]:
    """A fresh network after the course without the held-out classes."""
    torch.manual_seed(SEED)
    network = Namer(count).to(memory_format=torch.channels_last)
    seen = np.flatnonzero(classes % HELD_OUT != 0)
    record = follow(network, _batches(rolls, classes, seen), _loss, FIRST_STEPS, 3e-3, "naming, first course")
    return network, record


def second_course(network: Namer, rolls: Rows, classes: Numbers) -> dict[str, float]:
    """Goes on with every class."""
    every = np.arange(len(classes))
    return follow(network, _batches(rolls, classes, every), _loss, SECOND_STEPS, 3e-3, "naming, second course")


def _batches(rolls: Rows, classes: Numbers, rows: Numbers) -> Iterator[tuple[Tensor, ...]]:
    chance = torch.Generator().manual_seed(SEED + 1)
    for batch in shuffled(len(rows), BATCH, SEED):
        # Sorted reads are sequential where the examples lie in a file.
        chosen = np.sort(rows[batch.numpy()])
        views = torch.from_numpy(rolls[chosen])
        yield _varied(views, chance), torch.from_numpy(classes[chosen])


def _varied(rolls: Tensor, chance: torch.Generator) -> Tensor:
    """Each mirrored or not, and a little lighter or darker: cheap to make, and every class may look so."""
    flip = torch.rand(len(rolls), 1, 1, 1, generator=chance) < 0.5
    gain = 1 + 0.1 * torch.randn(len(rolls), 1, 1, 3, generator=chance).mean(3, keepdim=True)
    shift = 8 * torch.randn(len(rolls), 1, 1, 1, generator=chance)
    return (torch.where(flip, rolls.flip(2), rolls) * gain + shift).clamp(0, 255)


def _loss(network: Namer, rolls: Tensor, classes: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, logits = network(rolls)
    return functional.cross_entropy(logits.float(), classes)
