import pytest

from qa.understand.history import after, leans_on_history, standing_alone
from qa.understand.question import Turn


@pytest.mark.parametrize(
    "question",
    [
        *("And near Kirkuk?", "why?", "When was that?", "What did he say?", "how many", "and in Iraq", "what about the others"),
        *("Who else?", "Which plot did they foil?", "Who says so?", "By when?"),
        *("In which city?", "And at what time?", "What for?", "how come", "Where from?", "What caused it?"),
        *("What happened after that?", "What became of him?", "Who gave it to them?", "Who sang the chorus of it?"),
        *("Which band recorded it in May?", "How many of those were sold?"),
        *("Who was the other host?", "When does it expire?", "How many of those were there?", "Who was there?"),
    ],
)
def test_questions_that_lean_on_history(question: str) -> None:
    assert leans_on_history(question)


@pytest.mark.parametrize(
    "question",
    [
        *("Who is Kerry?", "How many raids near Mosul?", "when did talks start", "Which country said that it would pay?"),
        *("What did the minister say about his visit?", "How many raids were there in Syria?", 'Who said "push them back"?'),
        *("At what intervals will the allies see each other?", "What else will the ministers discuss?", "", "?"),
        *(
            "In which city did the talks begin?",
            "From which city came Ann?",
            "What caused the crash?",
            "What time is the vote?",
        ),
        *("Who said that Ann would go?", "Which are the parts that moved?", "How many ran to those who followed?"),
    ],
)
def test_questions_that_stand_alone(question: str) -> None:
    assert not leans_on_history(question)
    assert standing_alone(question, [Turn("Anything?", "Yes")]) == question


def test_a_follow_up_stands_after_the_last_turn() -> None:
    history = [Turn("Who is first?", "Zoe"), Turn("Who spoke? ", "Mr. Kerry.")]
    assert standing_alone("What did he say?", history) == "Who spoke? Mr. Kerry. What did he say?"
    assert standing_alone("Who is Kerry?", history) == "Who is Kerry?"


def test_without_an_answer_or_a_history() -> None:
    assert after(Turn("Who spoke"), "What did he say?") == "Who spoke? What did he say?"
    assert standing_alone("What did he say?", []) == "What did he say?"
