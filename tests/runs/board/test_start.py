from mer.runs.board import actions


def test_a_single_run_is_checked_in_its_form(shown, monkeypatch):
    form, calls = shown.form, []
    monkeypatch.setattr(actions, "start_job", lambda *given: calls.append(given) or FakeJob())
    form.check.click()
    assert "No notebook is chosen" in form.notice.text
    form.notebook.value = "01_make"
    assert "value" in form.known.value and "run_dir" not in form.known.value
    form.values.value = "valeu=1"
    form.start.click()
    assert "Did you mean 'value'" in form.notice.text and form.notice.kind == "error"
    form.values.value = "value"
    form.start.click()
    assert "is not name=value" in form.notice.text
    form.values.value = "value=1"
    assert form.notice.text == "", "it was about what stood there before"
    form.values.value = "value"
    form.start.click()
    form.notebook.value = None
    assert form.notice.text == ""
    form.notebook.value = "01_make"
    assert calls == []
    form.values.value = "value=2"
    form.check.click()
    assert form.notice.text == "All parameters are valid. The run would be single / 01_make-value=2."
    form.start.click()
    assert "Started single / x (process 1)" in form.notice.text and len(calls) == 1


class FakeJob:
    label, pid, mark = "x", 1, "m"
