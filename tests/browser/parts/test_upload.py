from playwright.sync_api import expect

from mer.widgets.try_own.upload import Upload


def test_a_refused_upload_ends_and_the_same_file_can_be_chosen_again(parts):
    """The kernel answers nothing but the refusal; more pieces are left than may be on their way at once."""
    view = parts.show(Upload(print, print, label="Video"))
    parts.page.evaluate("() => { window.told = []; models.part0.model.send = (content) => told.push(content); }")
    file = {"name": "clip.mp4", "mimeType": "video/mp4", "buffer": bytes(6 << 20)}
    for turn, kinds in ((1, ["begin", *["piece"] * 4]), (3, ["begin", *["piece"] * 4] * 2)):
        view.get_by_label("Video").set_input_files([file])
        parts.page.wait_for_function("count => told.length === count", arg=len(kinds))
        expect(view.get_by_role("progressbar")).to_be_visible()
        parts.page.evaluate(
            """turn => models.part0.model.listeners.filter(([what]) => what === "msg:custom")
              .forEach(([, hear]) => hear({ kind: "refused", turn }))""",
            turn,
        )
        expect(view.get_by_role("progressbar")).to_be_hidden()
        expect(view.get_by_label("Video")).to_have_value("")
        assert [content["kind"] for content in parts.page.evaluate("told")] == kinds
