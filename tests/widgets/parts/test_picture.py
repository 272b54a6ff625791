import pytest
import traitlets

from mer.widgets.parts.notice import Notice
from mer.widgets.parts.picture import Picture


def test_a_new_image_takes_the_message_away():
    picture = Picture(message="The apex is not known.", caption="kept")
    picture.show(b"\x89PNG", "a face")
    assert (picture.image, picture.alt, picture.message, picture.caption) == (b"\x89PNG", "a face", "", "kept")
    picture.show(b"\x89PNG2", "another face", "new")
    assert picture.caption == "new"


def test_a_message_stands_in_place_of_the_image():
    picture = Picture(image=b"\x89PNG", alt="a face")
    picture.say("This clip has no frames.")
    assert picture.message == "This clip has no frames."


def test_a_second_click_on_the_same_point_is_heard():
    picture, heard = Picture(), []
    picture.observe(lambda change: heard.append(list(picture.clicked)), "clicks")
    for clicks in (1, 2):  # as the page sends it
        picture.set_state({"clicked": [0.25, 0.5], "clicks": clicks})
    assert heard == [[0.25, 0.5]] * 2


def test_image_must_be_bytes():
    with pytest.raises(traitlets.TraitError, match="image"):
        Picture(image="face.png")


def test_a_notice_has_one_of_three_kinds():
    notice = Notice("text", "warning")
    assert (notice.text, notice.kind) == ("text", "warning")
    with pytest.raises(traitlets.TraitError, match="kind"):
        notice.say("text", "shout")
    notice.clear()
    assert notice.text == ""
