import time

from mer.runs.engine import settled


def stream(text, name="stderr"):
    return {"output_type": "stream", "name": name, "text": text}


def test_a_bar_is_kept_in_its_last_state_and_pieces_of_a_stream_are_joined():
    bar = [stream("\r 10%|# "), stream("\r100%|##########\n"), stream("end\r\n")]
    assert settled(bar) == [stream("100%|##########\nend\n")]


def test_other_outputs_keep_their_place():
    picture = {"output_type": "display_data", "data": {}}
    outputs = [stream("a\n", "stdout"), stream("b"), picture, stream("c"), stream("d")]
    assert settled(outputs) == [stream("a\n", "stdout"), stream("b"), picture, stream("cd")]
    assert settled([]) == []


def test_a_very_long_line_takes_no_time():
    begin = time.process_time()  # of this process: others of a busy machine do not count
    text = "x" * 3_000_000
    assert settled([stream(text)])[0]["text"] == text
    assert time.process_time() - begin < 1.0
