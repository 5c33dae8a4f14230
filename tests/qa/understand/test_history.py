import pytest

from qa.understand.history import MOST, exchanged, leans_on_history, readings, resolved, restated
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
    assert readings(question, [Turn("Anything?", "Yes")]) == [question]


@pytest.mark.parametrize(
    ("question", "last", "expected"),
    [
        ("What did he say?", Turn("Who spoke?", "Kerry"), ["What did Kerry say?"]),
        ("When was that?", Turn("How many raids were flown near Mosul?", "three"), ["When three raids were flown near Mosul?"]),
        ("When was that?", Turn("Where did the coalition last meet?", "Brussels"), ["When did the coalition last meet?"]),
        ("Why?", Turn("Which group would be formed?", "an expert group"), ["Why an expert group would be formed?"]),
        ("And near Kirkuk?", Turn("How many strikes near Sinjar?", "two"), ["How many strikes near Kirkuk?"]),
        ("what about Italy?", Turn("When did Spain join the union?", "1986"), ["When did Italy join the union?"]),
        ("And who was charged?", Turn("Where were the raids?", "Belgium"), ["who was charged?"]),
        (
            "How much do they want for them?",
            Turn("Who holds the two hostages?", "the group"),
            [
                "How much do the group want for the two hostages?",
                "How much do the group want for them?",
                "How much do the two hostages want for the group?",
            ],
        ),
        ("And in Syria?", Turn("How many raids hit Iraq?", "21"), ["How many raids hit Syria?"]),
        ("By when?", Turn("Who has to pay?", "Tokyo"), ["By when Tokyo has to pay?"]),
        ("What is its name?", Turn("What sank?", "a ship"), ["What is a ship's name?"]),
        ("Who else?", Turn("Who spoke?", "Ann"), []),
        ("In which building?", Turn("Where is the parliament?", "Edinburgh"), ["In which building is the parliament?"]),
        ("In what speech?", Turn("What did Ann promise?", "lower taxes"), ["In what speech did Ann promise?"]),
        (
            "At what time?",
            Turn("What is the deadline?", "Friday"),
            ["At what time Friday is the deadline?", "At what time is the deadline?"],
        ),
        ("At what time?", Turn("Who was attacked?", "Ann"), ["At what time Ann was attacked?"]),
        ("What for?", Turn("Who founded the firm?", "Ann"), ["Why Ann founded the firm?"]),
        ("And the British one?", Turn("Who led the French army?", "Ann"), ["Who led the British army?"]),
        ("And the king?", Turn("What did the queen promise in May?", "rain"), ["What did the king promise in May?"]),
        ("When did it end?", Turn("When did the war begin?", "1973"), ["When did the war end?"]),
        ("What caused it?", Turn("How many died in the crash?", "40"), ["What caused the crash?"]),
        (
            "Who sent Ann to him?",
            Turn("Who met Ann, the boss of Bob?", "Ann"),
            ["Who sent Ann to the boss?", "Who sent Ann to Bob?"],
        ),
        ("Who sent Anna to him?", Turn("Who spoke?", "Ann"), ["Who sent Anna to Ann?"]),
        ("What is it?", Turn("Who runs the port?", "Ann"), ["What is Ann?", "What is the port?"]),
        ("Where did she go?", Turn("When did Ann's horse run?", "1973"), ["Where did Ann go?"]),
        ("What was her job?", Turn("Who spoke?", "Ann"), ["What was Ann's job?"]),
        ("Who met her in May?", Turn("Who spoke?", "Ann"), ["Who met Ann in May?"]),
        ("And what about in 2019?", Turn("Who won in 2018?", "Ann"), ["Who won in 2019?"]),
        ("What about O’Brien?", Turn("When did D’Arcy arrive?", "1900"), ["When did O’Brien arrive?"]),
        ("And McDonald’s?", Turn("What is Wendy’s motto?", "fresh"), ["What is McDonald’s motto?"]),
        ("What about the army, is it ready?", Turn("Who pays?", "Ann"), ["the army, is it ready?", "the army, is Ann ready?"]),
    ],
)
def test_a_follow_up_is_read_in_the_ways_that_the_last_turn_suggests(question: str, last: Turn, expected: list[str]) -> None:
    together = f"{last.question} {last.answer}. {question}"
    assert readings(question, [Turn("Who is first?", "Zoe"), last]) == [question, *(expected or [together])]


def test_without_an_answer_or_a_history() -> None:
    assert readings("What did he say?", [Turn("Who spoke?")]) == ["What did he say?", "Who spoke? What did he say?"]
    assert readings("What did he say?", []) == ["What did he say?"]
    assert list(restated("Why", Turn("Who left?"))) == ["Why left?"]


def test_no_more_readings_than_are_worth_their_time() -> None:
    last = Turn("Did Ann, Bob, Cleo, Dora, Eve and Fay meet the man, the woman and the child?", "Gil")
    assert len(readings("Where did he see her?", [last])) == MOST


def test_what_stands_for_nothing_is_added() -> None:
    assert exchanged("How many were hurt?", "in 2012?") == "How many were hurt in 2012?"
    assert exchanged("how many were hurt", "italy") == "how many were hurt italy?"


def test_a_long_last_turn_takes_no_longer_than_its_readings_are_worth() -> None:
    last = Turn(" ".join(f"the thing{i} of" for i in range(130)), "Ann")
    assert len(list(resolved("And where did he meet her?", last))) == MOST + 1
