"""The two networks. Both take bytes as they are in the picture, blue-green-red, channels last."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from captcha_range.recognition import heatmap, polar

PLACES = 96
"""Dimensions of the embedding."""


class Detector(nn.Module):
    """(n, height, width, 3) bytes to (n, heatmap.MAPS, height / 4, width / 4); sides are multiples of 8."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_layer(3, 16, 2), _layer(16, 32, 2))
        self.context = nn.Sequential(_layer(32, 48, 2), _layer(48, 48, 1, 2), _layer(48, 48, 1, 3))
        self.back = nn.Conv2d(48, 32, 1)
        self.head = nn.Sequential(_layer(32, 32, 1), nn.Conv2d(32, heatmap.MAPS, 1))
        # Objects are rare: without this the first steps would only unlearn heat.
        nn.init.constant_(self.head[1].bias, 0.0)
        with torch.no_grad():
            self.head[1].bias[0] = -4.0

    def forward(self, pictures: Tensor) -> Tensor:
        fine = self.stem(_as_numbers(pictures))
        coarse = functional.interpolate(self.back(self.context(fine)), scale_factor=2.0, mode="nearest")
        return self.head(functional.relu(fine + coarse))


class Namer(nn.Module):
    """(n, RINGS, STEPS, 3) bytes to embeddings (n, PLACES) and logits (n, classes).

    Angles wrap round; the rings do not. Pooling over the angles makes it blind to how the object is turned.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.first = _Ringed(3, 32, (2, 2))
        self.ring = nn.Parameter(torch.zeros(1, 32, polar.RINGS // 2, 1))
        self.second = _Ringed(32, 48, (1, 1))
        self.third = _Ringed(48, 96, (2, 2))
        self.fourth = _Ringed(96, 96, (1, 1))
        self.fifth = _Ringed(96, 128, (2, 1))
        self.across = nn.Sequential(nn.Conv1d(128 * 3, 192, 1, bias=False), nn.BatchNorm1d(192), nn.ReLU())
        self.embed = nn.Sequential(nn.Linear(2 * 192, PLACES, bias=False), nn.BatchNorm1d(PLACES))
        self.name = nn.Linear(PLACES, classes)

    def forward(self, rolls: Tensor) -> tuple[Tensor, Tensor]:
        x = self.second(self.first(_as_numbers(rolls)) + self.ring)
        x = self.third(x)
        x = self.fifth(x + self.fourth(x))
        x = self.across(x.flatten(1, 2))
        place = self.embed(torch.cat([x.mean(2), x.amax(2)], 1))
        return place, self.name(functional.relu(place))


class _Ringed(nn.Module):
    """A convolution that wraps round the angles, the last axis."""

    def __init__(self, inward: int, outward: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inward, outward, 3, stride, padding=(1, 0), bias=False)
        self.norm = nn.BatchNorm2d(outward)

    def forward(self, x: Tensor) -> Tensor:
        wrapped = torch.cat([x[..., -1:], x, x[..., :1]], -1)
        return functional.relu(self.norm(self.conv(wrapped)))


def _layer(inward: int, outward: int, stride: int, dilation: int = 1) -> nn.Sequential:
    conv = nn.Conv2d(inward, outward, 3, stride, padding=dilation, dilation=dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outward), nn.ReLU())


def _as_numbers(pictures: Tensor) -> Tensor:
    return pictures.permute(0, 3, 1, 2).float() / 64 - 2
