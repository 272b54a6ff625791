from mer.figures.examples import example_clips


def test_classes_take_turns_and_right_comes_first(predictions):
    chosen = example_clips(predictions, 3)
    assert list(predictions["label"].loc[chosen]) == ["negative", "positive", "surprise"]
    assert (predictions["label"] == predictions["predicted"]).loc[chosen].all()
    assert len(set(predictions["subject"].loc[chosen])) == 3


def test_never_more_than_there_are_and_none_twice(predictions):
    chosen = example_clips(predictions, 100)
    assert sorted(chosen) == list(predictions.index)
    assert example_clips(predictions.iloc[:0], 3) == []
