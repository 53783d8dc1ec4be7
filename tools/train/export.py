"""From a trained network to ONNX, in half precision where it is only stored."""

from pathlib import Path

import torch
from torch import nn

from captcha_range.recognition import polar

OPSET = 17


def detector(network: nn.Module, path: Path) -> None:
    """`pictures` bytes (n, height, width, 3) to `maps`."""
    sample = torch.zeros(1, 216, 256, 3, dtype=torch.uint8)
    axes = {"pictures": {0: "n", 1: "height", 2: "width"}, "maps": {0: "n", 2: "rows", 3: "columns"}}
    _write(network, sample, path, "pictures", ["maps"], axes)


def namer(network: nn.Module, path: Path) -> None:
    """`rolls` bytes (n, RINGS, STEPS, 3) to `places` and `logits`."""
    sample = torch.zeros(2, polar.RINGS, polar.STEPS, 3, dtype=torch.uint8)
    axes = {"rolls": {0: "n"}, "places": {0: "n"}, "logits": {0: "n"}}
    _write(network, sample, path, "rolls", ["places", "logits"], axes)


def _write(
    network: nn.Module, sample: torch.Tensor, path: Path, name: str, outputs: list[str], axes: dict[str, dict[int, str]]
) -> None:
    network = network.eval().to(memory_format=torch.contiguous_format)
    torch.onnx.export(
        network,
        (sample,),
        str(path),
        input_names=[name],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )
