"""`python -m tools.train`: the stages in order, or one of them."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from captcha_range.challenges.sprites import standard_pack
from captcha_range.recognition import bundled
from tools.build_recogniser import pretty, write_manifest
from tools.train import calibrating, detecting, examples, export, measuring, naming
from tools.train.examples import Numbers, Rows
from tools.train.networks import Detector, Namer

WORK: Final = Path(".cache/train")


def draw(processes: int) -> None:
    """Draw every example."""
    examples.drawn(WORK, processes)


def detect(processes: int) -> None:
    """Train the detector."""
    archives = {family: np.load(path) for family, path in examples.drawn(WORK, processes).items()}
    network, record = detecting.trained({name: (each["pictures"], each["places"]) for name, each in archives.items()})
    torch.save(network.state_dict(), WORK / "detector.pt")
    _record("detector", record)


def name_seen(processes: int) -> None:
    """Train the namer without the held-out classes."""
    rolls, classes = _objects(processes)
    network, record = naming.first_course(rolls, classes, len(standard_pack().classes))
    torch.save(network.state_dict(), WORK / "namer-held-out.pt")
    _record("namer, first course", record)


def name_all(processes: int) -> None:
    """Train the namer on with every class."""
    network = _namer("namer-held-out.pt")
    _record("namer, second course", naming.second_course(network, *_objects(processes)))
    torch.save(network.state_dict(), WORK / "namer.pt")


def _namer(file: str) -> Namer:
    network = Namer(len(standard_pack().classes)).to(memory_format=torch.channels_last)
    network.load_state_dict(torch.load(WORK / file))
    return network


def _objects(processes: int) -> tuple[Rows, Numbers]:
    archives = [np.load(path) for path in examples.drawn(WORK, processes).values()]
    rolls = np.concatenate([each["rolls"] for each in archives])
    return rolls, np.concatenate([each["classes"] for each in archives])


def write(processes: int) -> None:
    """Export: what ships into the package, with its digests; what was trained without some classes to the examples."""
    found = Detector()
    found.load_state_dict(torch.load(WORK / "detector.pt"))
    export.detector(found, bundled.DATA_FOLDER / "detector.onnx")
    for file, target in (("namer.pt", bundled.DATA_FOLDER), ("namer-held-out.pt", WORK)):
        export.namer(_namer(file), target / "namer.onnx")
    write_manifest(bundled.DATA_FOLDER)


def calibrate(processes: int) -> None:
    """Choose temperature, threshold and confidence."""
    chosen = calibrating.calibrated(processes)
    (bundled.DATA_FOLDER / "network.json").write_bytes(pretty(chosen))
    write_manifest(bundled.DATA_FOLDER)


def measure(processes: int) -> None:
    """Solve rates, reliability and times on pictures of other seeds, on unseen classes and an unseen style."""
    record = {path.stem: json.loads(path.read_text()) for path in sorted(WORK.glob("records/*.json"))}
    figures = {"training": record, **measuring.measured(WORK, processes)}
    (Path(__file__).parent / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")


def _record(stage: str, figures: dict[str, Any]) -> None:
    # A file for each stage: two of them run side by side.
    folder = WORK / "records"
    folder.mkdir(exist_ok=True)
    (folder / f"{stage}.json").write_text(json.dumps(figures, indent=1) + "\n")


STAGES: Final[dict[str, Callable[[int], None]]] = {
    "draw": draw,
    "detect": detect,
    "name_seen": name_seen,
    "name_all": name_all,
    "write": write,
    "calibrate": calibrate,
    "measure": measure,
}


def everything(processes: int) -> None:
    """All stages; the two networks are trained side by side, one thread each."""
    draw(processes)
    # By its own command: what `spawn` starts cannot import a package's `__main__`.
    with subprocess.Popen([sys.executable, "-m", "tools.train", "detect"]) as beside:
        name_seen(processes)
        name_all(processes)
    if beside.returncode:
        raise SystemExit(beside.returncode)
    for stage in (write, calibrate, measure):
        stage(processes)


def main() -> None:
    """Run one stage or all."""
    parser = argparse.ArgumentParser(prog="python -m tools.train", description="train the recogniser `cnn` from zero")
    parser.add_argument("stage", nargs="?", choices=[*STAGES, "all"], default="all")
    parser.add_argument("--processes", type=int, default=2, help="for drawing and measuring")
    chosen = parser.parse_args()
    {**STAGES, "all": everything}[chosen.stage](chosen.processes)


if __name__ == "__main__":
    main()
