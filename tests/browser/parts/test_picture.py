import pytest
from playwright.sync_api import expect

from mer.widgets.parts.picture import Picture
from tests.browser.parts.made_up import image_file


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_picture_is_shown_with_its_words(parts, suffix):
    view = parts.show(Picture(image=image_file(90, suffix), alt="a grey face", width=300, caption="Onset"))
    image = view.get_by_role("img", name="a grey face")
    expect(image).to_be_visible()
    assert image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [60, 40]
    assert image.bounding_box()["width"] == 300
    expect(view.get_by_text("Onset")).to_be_visible()


def test_a_picture_is_never_wider_than_the_page(parts):
    view = parts.show(Picture(image=image_file(90), alt="face", width=5000))
    expect(view.get_by_role("img")).to_be_visible()
    assert view.get_by_role("img").bounding_box()["width"] <= 1000


def test_a_message_takes_the_place_of_the_picture_and_goes_again(parts):
    picture = Picture(image=image_file(90), alt="face")
    view = parts.show(picture)
    picture.say("The apex of this clip is not known.")
    parts.push()
    expect(view.get_by_role("status")).to_have_text("The apex of this clip is not known.")
    expect(view.get_by_role("img")).to_be_hidden()
    picture.show(image_file(10), "another face")
    parts.push()
    expect(view.get_by_role("img", name="another face")).to_be_visible()
    expect(view.get_by_role("status")).to_have_text("")


def test_damaged_bytes_are_said_and_the_next_picture_is_shown(parts):
    picture = Picture(image=b"\x89PNG damaged", alt="face")
    view = parts.show(picture)
    expect(view.get_by_role("status")).to_contain_text("cannot be shown")
    picture.show(image_file(10), "face")
    parts.push()
    expect(view.get_by_role("img")).to_be_visible()
    parts.faults.clear()


def test_a_change_of_picture_never_shows_nothing_and_keeps_no_address(parts):
    picture = Picture(image=image_file(0), alt="face")
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    parts.page.evaluate(
        """() => {
          window.blank = 0;
          window.revoked = 0;
          const revoke = URL.revokeObjectURL.bind(URL);
          URL.revokeObjectURL = (url) => { revoked += 1; revoke(url); };
          const look = () => {
            const image = document.querySelector("img");
            if (!image.complete || !image.naturalWidth || !image.offsetWidth) blank += 1;
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    for grey in range(20, 220, 20):
        picture.image = image_file(grey, size=(900, 900))
        parts.push()
    parts.page.wait_for_function("() => document.querySelector('img').naturalWidth === 900")
    parts.page.wait_for_function("() => revoked >= 10")  # the first and nine that were replaced, shown or not
    parts.page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    assert parts.page.evaluate("blank") == 0
    assert parts.page.evaluate("revoked") == 10


def test_a_picture_decoded_late_does_not_replace_a_newer_one(parts):
    picture = Picture(image=image_file(0), alt="face")
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    parts.page.evaluate(
        """images => {
          const decode = HTMLImageElement.prototype.decode;
          const revoke = URL.revokeObjectURL.bind(URL);
          let calls = 0;
          window.revoked = 0;
          URL.revokeObjectURL = (url) => { revoked += 1; revoke(url); };
          HTMLImageElement.prototype.decode = async function () {
            if (++calls === 1) await new Promise((resolve) => (window.release = resolve)); // the older one takes long
            return decode.call(this);
          };
          images.forEach((image) => models.part0.model.receive({ image }));
        }""",
        [parts.boxed(image_file(90, size=(side, side))) for side in (70, 10)],
    )
    parts.page.wait_for_function("() => document.querySelector('img').naturalWidth === 10")
    parts.page.evaluate("release()")
    parts.page.wait_for_function("() => revoked === 2")  # the first, and the older one when it has been decoded
    assert view.get_by_role("img").evaluate("image => image.naturalWidth") == 10


def test_a_click_is_reported_as_fractions_also_twice_on_one_point(parts, sent):
    picture = Picture(image=image_file(90), alt="face", width=300)
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    for clicks in (1, 2):
        view.get_by_role("img").click(position={"x": 75, "y": 150})
        sent.until(lambda clicks=clicks: picture.clicks == clicks)
    assert picture.clicked == pytest.approx([0.25, 0.75], abs=0.01)


def test_a_point_is_set_by_keyboard(parts, sent):
    picture = Picture(image=image_file(90), alt="face", clickable=True)
    view = parts.show(picture)
    expect(view.get_by_role("img")).to_be_visible()
    for key in ("Tab", "ArrowRight", "ArrowUp", "ArrowUp", "Enter"):
        parts.page.keyboard.press(key)
    sent.until(lambda: picture.clicks == 1)
    assert picture.clicked == pytest.approx([0.52, 0.46])
