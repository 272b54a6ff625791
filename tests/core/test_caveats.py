import pytest

from mer.core.caveats import FILE_NAME, add_caveats, read_caveats
from mer.core.errors import InputError


def test_sentences_are_kept_once_each(tmp_path):
    assert read_caveats(tmp_path) == []
    add_caveats(tmp_path, ["One clip.", "", "Two."])
    add_caveats(tmp_path, ["Two."])
    assert read_caveats(tmp_path) == ["One clip.", "Two."]


@pytest.mark.parametrize("text", ["3", "null", "{}", '"One."', "[1]", "["])
def test_a_file_of_something_else_is_refused(tmp_path, text):
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(InputError, match=FILE_NAME):
        read_caveats(tmp_path)
