import pytest

from qa.measures import whole_time


@pytest.mark.parametrize(
    ("text", "part", "question", "expected"),
    [
        ("due at 5:50pm GMT on Friday or so", "Friday", "what is the deadline?", "5:50pm GMT on Friday"),
        ("due at 5:50pm GMT on Friday or so", "Friday", "what day is the deadline?", "Friday"),
        ("born on 3 May 1999 in Rome", "1999", "when was she born?", "3 May 1999"),
        ("born on 3 May 1999 in Rome", "1999", "what year was she born?", "1999"),
        ("seen on December 3, 2014.", "December", "when was it seen?", "December 3, 2014"),
        ("it takes 24 hours", "24", "what does it take?", "24"),
        ("21 in Iraq and 10 in Syria", "21", "what number hit Iraq?", "21"),
        ("on Friday a man", "a man", "who?", "a man"),
    ],
)
def test_a_part_of_a_time_becomes_the_whole(text: str, part: str, question: str, expected: str) -> None:
    start = text.index(part)
    first, last = whole_time(text, start, start + len(part), question)
    assert text[first:last] == expected
