"""Very many files from a Ray cluster of two nodes into a real server, while a worker and the server are killed.

QA_INGESTED sets how many passages; without it, a few thousand.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from eval.speed.growth import made_texts
from index.build import load_documents
from index.encoders.minilm import MiniLM
from index.milvus.update import open_store
from index.store import Index
from tests.cluster.milvus_server import MilvusServer

PASSAGES = int(os.environ.get("QA_INGESTED", "3000"))
A_FILE = 20
WORDS = 8
ENDING = "and so it ends here, with words enough to stand as a passage of its own."


@pytest.fixture
def cluster() -> Iterator[str]:
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    yield made.address
    made.shutdown()


def workers() -> list[int]:
    """The numbers of the processes of Ray's workers."""
    return [int(file.parent.name) for file in Path("/proc").glob("[0-9]*/cmdline") if b"MapWorker" in file.read_bytes()]


def test_nothing_is_lost_and_nothing_is_there_twice(
    tmp_path: Path, cluster: str, milvus_server: MilvusServer, tell: Callable[[str], None]
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    texts = [f"{text} {ENDING}" for text in made_texts(PASSAGES, WORDS)]
    for number in range(0, PASSAGES, A_FILE):
        (seeds / f"{number:07}.txt").write_text("\n\n".join(texts[number : number + A_FILE]))
    url = f"{milvus_server.url}/many"
    command = [sys.executable, "-m", "index", "build", "--store", url, "--seeds", str(seeds), "--ray", cluster]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr
    killed = []
    began = time.monotonic()
    for line in running.stderr:
        if " files, about " not in line:
            continue
        done = int(line.split()[0].replace(",", ""))
        if not killed:
            os.kill(workers()[0], signal.SIGKILL)
            killed.append(f"a worker after {done} files")
        elif len(killed) == 1 and done > PASSAGES / A_FILE / 3:
            milvus_server.kill()
            time.sleep(3)
            milvus_server.start()
            killed.append(f"the server after {done} files")
    assert running.stdout
    said = running.stdout.read()
    assert running.wait() == 0, said
    assert len(killed) == 2, killed
    tell(f"{PASSAGES:,} passages in {time.monotonic() - began:.0f} s; killed: {', '.join(killed)}; {said}")

    store = open_store(url, MiniLM())
    documents = load_documents([seeds]).documents
    assert set(store.by_id) == {document.id for document in documents}
    assert store.passage_count == PASSAGES
    index = Index.build(documents, MiniLM())
    assert len(index.passages) == PASSAGES
    shared = []
    for number in range(0, PASSAGES, PASSAGES // 50):
        exact = {(hit.span.document.id, hit.span.start) for hit in index.search(texts[number], 10)}
        found = {(hit.span.document.id, hit.span.start) for hit in store.search(texts[number], 10)}
        shared.append(len(exact & found) / 10)
    tell(f"of the ten nearest, {100 * sum(shared) / len(shared):.1f} % found by both")
    assert sum(shared) / len(shared) >= 0.95
    again = subprocess.run(command, capture_output=True, text=True, check=True)
    assert again.stdout.startswith(f"0 documents added, {len(documents):,} were there")
    assert open_store(url, MiniLM()).passage_count == PASSAGES
