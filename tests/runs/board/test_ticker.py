"""The timer, and the boards that have one."""

import asyncio
import time

from mer.runs.board.ticker import Ticker
from mer.runs.board.view import run_board


def test_the_ticker_calls_beside_the_loop_and_stops(made):
    calls = []

    async def until_the_third():
        third, loop = asyncio.Event(), asyncio.get_running_loop()

        def tick():
            calls.append(1)
            if len(calls) == 3:
                loop.call_soon_threadsafe(third.set)
            return 0.05

        ticker = Ticker(tick)
        assert ticker.start(0.05)
        await asyncio.wait_for(third.wait(), 600)
        ticker.stop()
        await asyncio.wait_for(asyncio.wait([ticker._task]), 600)
        return ticker.running

    assert not asyncio.run(until_the_third())  # which waits for threads
    count = len(calls)
    assert count >= 3
    time.sleep(0.2)
    assert len(calls) == count
    assert not Ticker(lambda: 1.0).start(1.0), "no loop, no timer"


def test_a_closed_board_looks_no_more(made):
    async def open_and_close():
        shown = run_board(live=True)
        assert shown.ticker.running
        shown.refresh()
        assert "finding out what would run" in shown.list.pending.value
        shown.close()
        await asyncio.sleep(0.1)
        return shown

    shown = asyncio.run(open_and_close())
    assert not shown.ticker.running
    shown.planner.wait(600)
    shown.refresh()
    assert shown.list.pending.value == "", "a closed board, asked by hand"


def test_after_the_last_plan_nothing_is_being_found_out(made):
    async def open_and_wait():
        shown = run_board(live=True)
        shown.ticker.stop()  # only the planner speaks
        shown.refresh()
        assert "finding out what would run" in shown.list.pending.value
        await asyncio.to_thread(shown.planner.wait, 600)
        return shown

    shown = asyncio.run(open_and_wait())
    assert shown.list.pending.value == "" and set(shown.planner.plans) == {"s", "t"}
    shown.close()


def test_a_live_board_closes_the_one_before_it(made):
    async def open_twice():
        first = run_board(live=True)
        still = run_board(live=False)
        running = first.ticker.running
        second = run_board(live=True)
        await asyncio.sleep(0.1)
        found = running, first.ticker.running, first.planner._stopped, second.ticker.running
        second.close(), still.close()
        return first, second, found

    first, second, found = asyncio.run(open_twice())
    assert found == (True, False, True, True)
    first.planner.wait(600), second.planner.wait(600)
