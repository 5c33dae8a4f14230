from qa.train.examples.generated import generate


def test_questions_about_compounds_are_answered_by_what_qualifies_the_noun() -> None:
    made = generate(["They offered a $5 million prize for an entry before the March 3 deadline."], 0)
    answers = {question.golds[0].text for question in made if "deadline" in question.text.split()[-1]}
    assert {question.golds[0].text for question in made} == {"$5 million", "March 3"}
    assert answers <= {"March 3"}
    for question in made:
        gold = question.golds[0]
        assert question.context[gold.start : gold.end] == gold.text
