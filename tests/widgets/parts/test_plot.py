import plotly.graph_objects as go

from mer.widgets.parts.plot import Plot


def test_a_view_gets_the_figure_as_it_is_now_and_the_program_once():
    plot = Plot(go.Figure(go.Scatter(x=[1, 2], y=[3, 4])))
    sent = []
    plot.send = lambda content, buffers=None: sent.append((content, buffers))
    plot.data[0].x = [5, 6, 7]
    plot.layout.title.text = "now"
    assert list(plot._widget_data[0]["x"]) == [1, 2]  # what plotly itself keeps
    plot._handle_custom_msg({"view": "a", "program": True}, [])
    assert plot._answered == "a"
    assert list(plot._widget_data[0]["x"]) == [5, 6, 7]
    assert plot._widget_layout["title"]["text"] == "now"
    ((content, (program,)),) = sent
    assert content == {"program": True}
    assert b"Plotly" in program or b"plotly" in program
    plot._handle_custom_msg({"view": "b", "program": False}, [])
    assert len(sent) == 1
    assert plot._answered == "b"


def test_its_own_program_is_small():
    assert len(Plot()._esm) < 10_000  # anywidget waits two seconds for it
