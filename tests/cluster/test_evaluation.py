"""The eval set on each store, side by side."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT


def test_the_eval_set_is_answered_as_well_from_each_store(milvus: str, tmp_path: Path, tell: Callable[[str], None]) -> None:
    stores = {
        "FAISS": [],
        "Milvus Lite": ["--store", f"milvus://{tmp_path / 'lite.db'}"],
        "Milvus": ["--store", f"{milvus}/evaluated"],
    }
    figures = {}
    for name, store in stores.items():
        if store:
            subprocess.run([sys.executable, "-m", "index", "build", *store], cwd=ROOT, check=True)
        out = tmp_path / f"{name}.json"
        subprocess.run([sys.executable, "-m", "eval", *store, "--json", out], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        figures[name] = json.loads(out.read_text())["figures"]
    names = ("f1", "has_answer_f1", "no_answer", "recall@5", "quote_fidelity")
    heads = "".join(f"{store:>14}" for store in stores)
    rows = [f"{name:16}" + "".join(f"{100 * figures[store][name]:14.1f}" for store in stores) for name in names]
    tell("\n".join([f"{'':16}{heads}", *rows]))
    for store in stores:
        assert figures[store]["quote_fidelity"] == 1
        assert abs(figures[store]["f1"] - figures["FAISS"]["f1"]) < 0.03
