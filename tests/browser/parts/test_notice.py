from playwright.sync_api import expect

from mer.widgets.parts.notice import Notice


def test_notices_speak_by_their_kind(parts):
    notice = Notice()
    view = parts.show(notice)
    expect(view.get_by_role("status")).to_have_text("")
    for kind, role, words in (
        ("info", "status", "Note: Saved."),
        ("warning", "status", "Warning: Saved."),
        ("error", "alert", "Error: Saved."),
    ):
        notice.say("Saved.", kind)
        parts.push()
        expect(view.get_by_role(role)).to_have_text(words)
        expect(view.get_by_role("alert" if role == "status" else "status")).to_have_text("")
    notice.clear()
    parts.push()
    expect(view.get_by_role("alert")).to_have_text("")


def test_a_notice_is_text_not_markup(parts):
    view = parts.show(Notice("<img src=x onerror=alert(1)>"))
    expect(view.get_by_role("status")).to_have_text("Note: <img src=x onerror=alert(1)>")
