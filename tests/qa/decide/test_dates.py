import pytest

from qa.decide.dates import whole_time


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
        ("born on 3 May 1999 in Rome", "3", "when was she born?", "3 May 1999"),
        ("born on the 3rd of May", "3rd", "when was she born?", "3rd of May"),
        ("from 10:30 on Friday, 7pm at home", "10:30", "when?", "10:30 on Friday, 7pm"),
        # A number after a comma, or before a date, is of something else.
        ("On Friday, 5,000 people marched", "Friday", "when did they march?", "Friday"),
        ("On August 12, 300 people died", "August 12", "when did they die?", "August 12"),
        ("In May 2014, 12 soldiers died", "2014", "when did they die?", "May 2014"),
        ("a magnitude of 7.8 on Saturday", "7.8", "what was the magnitude?", "7.8"),
        ("a turnout of 61% on Sunday", "61%", "what was the turnout?", "61%"),
        ("flight 370 on March 8, 2014", "370", "which flight was it?", "370"),
        ("Theresa May on Friday resigned", "May", "Who resigned?", "May"),
    ],
)
def test_a_part_of_a_time_becomes_the_whole(text: str, part: str, question: str, expected: str) -> None:
    start = text.index(part)
    first, last = whole_time(text, start, start + len(part), question)
    assert text[first:last] == expected
