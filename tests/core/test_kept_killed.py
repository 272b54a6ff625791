"""A folder of the cache is whole or absent, whenever its maker is killed."""

from mer.core.kept import kept_folder
from tests.damage import DAMAGES
from tests.killed import kill_at_steps


def fill(work):
    (work / "below").mkdir()
    (work / "below" / "file").write_text("content\n" * 40)
    (work / "other").write_text("other")


def build(folder):
    index = kept_folder(folder / "cache" / "kind" / "made", 3, fill)
    return f"{index['key']} {(folder / 'cache' / 'kind' / 'made' / 'below' / 'file').read_text()}"


def test_the_next_one_makes_it(tmp_path):
    kill_at_steps(tmp_path, "tests.core.test_kept_killed:build")


def test_one_that_was_damaged_is_replaced_in_one_step(tmp_path):
    made = tmp_path / "before" / "kind" / "made"
    kept_folder(made, 3, fill)
    DAMAGES["middle byte"](made / "other")
    kill_at_steps(tmp_path, "tests.core.test_kept_killed:build")
