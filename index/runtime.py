"""Run models on onnxruntime: one thread per run, and as many runs at once as there are processors."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def session(model: bytes | Path, weights: Mapping[str, NDArray[np.float32]] | None = None) -> "InferenceSession":  # type: ignore[name-defined]  # noqa: F821
    """A session that runs on the calling thread only.

    Two runs at once, on one thread each, take less time than two runs one after the other, on two threads each: no thread
    waits for another at the end of each operator. So work is divided between runs (see `each`), never within a run.

    Args:
        model: an ONNX model, or its file.
        weights: the initializers that ``model`` marks as stored elsewhere, by name.

    Raises:
        ValueError: onnxruntime cannot run it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    held = {name: onnxruntime.OrtValue.ortvalue_from_numpy(array) for name, array in (weights or {}).items()}
    options.add_external_initializers(list(held), list(held.values()))
    try:
        # onnxruntime's fused kernel for a sum and its layer norm takes five times as long as the two operators that it
        # replaces. That would be a quarter of the reader's time.
        return onnxruntime.InferenceSession(
            model if isinstance(model, bytes) else str(model),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],
        )
    except Exception as error:  # onnxruntime's errors have no common base class
        what = "The model" if isinstance(model, bytes) else model
        raise ValueError(f"{what} is not a model that onnxruntime can run ({str(error).splitlines()[0][:200]}).") from error


def each(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Call ``function`` on each item, on all processors, and return the results in order.

    It must spend its time outside of Python, as a session does.
    """
    if len(items) == 1 or processors() == 1:
        return [function(item) for item in items]
    return list(_workers().map(function, items))


@cache
def _workers() -> ThreadPoolExecutor:
    """One pool for the process, so that no more threads compute than there are processors, however many questions there are."""
    return ThreadPoolExecutor(processors(), thread_name_prefix="model")


def processors() -> int:
    """The number of processors that this process may use."""
    affinity: Any = getattr(os, "sched_getaffinity", None)  # only Linux has it
    return len(affinity(0)) if affinity else os.cpu_count() or 1
