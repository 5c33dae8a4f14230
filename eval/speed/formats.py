"""How long reading a file of each format takes, and how much memory."""

from time import perf_counter

from eval.speed.files import files
from eval.speed.processes import peak_of
from eval.speed.timings import Figures, percentiles, shown
from index.formats.apart import FileReader

CHARACTERS = 200_000
"""Of each file: a book of a hundred pages."""


def formats(text: str, rounds: int) -> Figures:
    """Milliseconds and memory of reading a file of `CHARACTERS` characters in each format.

    Args:
        text: what the files hold, as often as there is room for it.
        rounds: how often each file is read, after once that is not counted, which loads the format's library.
    """
    text = ((text.strip() + "\n\n") * (CHARACTERS // len(text) + 1))[:CHARACTERS]
    found: Figures = {}
    for name, data in shown(list(files(text).items()), " formats"):
        with FileReader() as reader:
            taken = []
            for _ in range(rounds + 1):
                began = perf_counter()
                reader.read(name, data)
                taken.append(1e3 * (perf_counter() - began))
            found[f"milliseconds, {CHARACTERS:,} characters, {name[2:]}"] = percentiles(taken[1:])
            found[f"… the first, with its library, {name[2:]}"] = taken[0]
            peak = peak_of(reader.process) if reader.process else None
            if peak:
                found[f"peak memory of its process, MiB, {name[2:]}"] = peak
    return found
