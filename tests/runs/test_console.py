import io
import time

from mer.runs.console import CellOutput, Console, duration


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_durations_are_for_people():
    assert [duration(x) for x in (0, 8.4, 59.6, 200, 7500)] == ["0 s", "8 s", "1 min 00 s", "3 min 20 s", "2 h 05 min"]


def test_a_bar_in_pieces_becomes_the_status_and_other_lines_do_not():
    console = Console(io.StringIO())
    console.step("[1/2] train", 60.0)
    output = CellOutput(console)
    output.write("\rLOSO:  10%|█   | 2/20 [00:04<00:36, 2.0 s/fold]")
    assert "2/20 [00:04<00:36" in console.status()
    output.write("\rLOSO:  15%|█▌  | 3/")
    output.write("20 [00:06<00:34]\x1b[A")
    output.write("\nWarning: something\n")
    assert console.status().startswith("[1/2] train · 0 s of about 1 min 00 s · LOSO:  15%")
    assert "Warning" not in console.status()
    assert "Warning" not in console._stream.getvalue()


def test_verbose_shows_what_notebooks_print():
    stream = io.StringIO()
    output = CellOutput(Console(stream, verbose=True))
    output.write("scores\nhalf ")
    output.write("line\n")
    assert stream.getvalue() == "    scores\n    half line\n"


def test_what_to_beware_of_is_shown_though_not_verbose():
    stream = io.StringIO()
    output = CellOutput(Console(stream))
    output.write("scores\nBeware: 3 clips left out.\nI say Beware: nothing\n")
    assert stream.getvalue() == "    Beware: 3 clips left out.\n"


def test_a_log_gets_a_line_now_and_then_and_a_terminal_one_line_rewritten():
    log = io.StringIO()
    with Console(log, log_seconds=0.5).step("step"):
        time.sleep(2.5)
    assert 1 <= log.getvalue().count("\n") <= 3
    assert "\r" not in log.getvalue()
    screen = Terminal()
    console = Console(screen)
    with console.step("step"):
        time.sleep(1.2)
    console.line("done")
    assert screen.getvalue().count("\n") == 1
    assert "step · 1 s" in screen.getvalue()


def test_a_closed_terminal_does_not_end_a_run():
    stream = io.StringIO()
    console = Console(stream)
    stream.close()
    console._terminal = False
    console.line("nobody reads this")
