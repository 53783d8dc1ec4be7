"""The trained networks, run by onnxruntime on one thread. The library is an extra and loaded at the first use."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from captcha_range.core.once import once
from captcha_range.recognition import bundled
from captcha_range.recognition.background import Floats
from captcha_range.recognition.extra import refuse_without_extra


class Model:
    """One network. Threads may share it."""

    def __init__(self, data: bytes) -> None:
        """`data` is an ONNX file. NetworkMissing without the extra."""
        refuse_without_extra()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Errors are raised; warnings about the graph are for whoever trains.
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def run(self, **inputs: npt.NDArray[np.uint8]) -> Mapping[str, Floats]:
        """The outputs by name."""
        names = [each.name for each in self._session.get_outputs()]
        return dict(zip(names, self._session.run(names, inputs), strict=True))


@once
def standard_detector() -> Model:
    """The detector that ships with the project. DataDamaged if its weights are not the ones that were built."""
    return Model(bundled.read("detector.onnx"))


@once
def standard_namer() -> Model:
    """The namer that ships with the project. DataDamaged if its weights are not the ones that were built."""
    return Model(bundled.read("namer.onnx"))
