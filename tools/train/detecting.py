"""Training of the network that finds objects."""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from captcha_range.recognition import heatmap
from tools.train.course import SEED, follow, shuffled
from tools.train.examples import Floats, Rows
from tools.train.networks import Detector

BATCH = 12
STEPS = 1200
_BLUR = 0.09
"""Of an object's span: the radius of its peak in the heat."""


def trained(parts: Mapping[str, tuple[Rows, Floats]]) -> tuple[Detector, dict[str, float]]:
    """A fresh network after its course; by family the shrunk pictures and the places of their objects."""
    torch.manual_seed(SEED)
    network = Detector().to(memory_format=torch.channels_last)
    record = follow(network, _batches(parts), _loss, STEPS, 4e-3, "detecting")
    return network, record


def _batches(parts: Mapping[str, tuple[Rows, Floats]]) -> Iterator[tuple[Tensor, ...]]:
    """One family's pictures have one size: the families take turns."""
    chance = torch.Generator().manual_seed(SEED + 1)
    orders = {family: shuffled(len(pictures), BATCH, SEED) for family, (pictures, _) in parts.items()}
    while True:
        for family, (pictures, places) in parts.items():
            rows = next(orders[family]).numpy()
            turned = [_turned(pictures[row], places[row], int(torch.randint(4, (), generator=chance))) for row in rows]
            views = torch.from_numpy(np.stack([view for view, _ in turned]))
            gain = 1 + 0.1 * torch.randn(len(rows), 1, 1, 1, generator=chance)
            targets = [targets_of(where, view.shape[0], view.shape[1]) for view, where in turned]
            yield (views * gain).clamp(0, 255), *(torch.stack(list(each)) for each in zip(*targets, strict=True))


def _turned(picture: Rows, places: Floats, way: int) -> tuple[Rows, Floats]:
    """As it is, mirrored, upside down, or both."""
    height, width = (side / heatmap.SHRINK for side in picture.shape[:2])
    out = places.copy()
    if way & 1:
        picture = picture[:, ::-1]
        out[:, 0], out[:, 3], out[:, 5] = width - out[:, 0], width - out[:, 5], width - places[:, 3]
    if way & 2:
        picture = picture[::-1]
        out[:, 1], out[:, 4], out[:, 6] = height - out[:, 1], height - out[:, 6], height - places[:, 4]
    return np.ascontiguousarray(picture), out


def targets_of(places: Floats, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    """What the maps should say: heat, all the others, and where these count.

    (rows, columns), (MAPS - 1, rows, columns) and (rows, columns).
    """
    rows, columns = height // heatmap.CELL, width // heatmap.CELL
    heat, there = np.zeros((rows, columns), dtype=np.float32), np.zeros((rows, columns), dtype=np.float32)
    told = np.zeros((heatmap.MAPS - 1, rows, columns), dtype=np.float32)
    down, across = np.mgrid[:rows, :columns].astype(np.float32)
    for x, y, span, left, top, right, bottom in places[~np.isnan(places[:, 0])] * (heatmap.SHRINK / heatmap.CELL):
        row, column = int(np.clip(y, 0, rows - 1)), int(np.clip(x, 0, columns - 1))
        squares = (across + 0.5 - x) ** 2 + (down + 0.5 - y) ** 2
        peak = np.exp(-squares / (2 * (_BLUR * span) ** 2))
        heat = np.maximum(heat, peak)
        heat[row, column] = 1.0
        # The cells beside the middle one answer too: after JPEG and grain the peak may be one cell off.
        for beside in {(row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)}:
            if 0 <= beside[0] < rows and 0 <= beside[1] < columns:
                lengths = np.array([span, x - left, y - top, right - x, bottom - y]) * heatmap.CELL
                told[:2, *beside] = x - beside[1], y - beside[0]
                told[2:, *beside] = np.log(np.maximum(lengths, 1.0) / heatmap.SPAN_UNIT)
                there[beside] = 1.0
    return torch.from_numpy(heat), torch.from_numpy(told), torch.from_numpy(there)


def _loss(network: Detector, views: Tensor, heat: Tensor, told: Tensor, there: Tensor) -> Tensor:
    with torch.autocast("cpu", dtype=torch.bfloat16):
        maps = network(views)
    maps = maps.float()
    cold = functional.logsigmoid(-maps[:, 0])
    warm = functional.logsigmoid(maps[:, 0])
    chance = maps[:, 0].sigmoid()
    peaks = (heat == 1).float()
    focal = -(peaks * (1 - chance) ** 2 * warm + (1 - peaks) * (1 - heat) ** 4 * chance**2 * cold)
    lengths = (functional.smooth_l1_loss(maps[:, 1:], told, reduction="none", beta=0.2).mean(1) * there).sum()
    return focal.sum() / peaks.sum() + 3 * lengths / there.sum()
