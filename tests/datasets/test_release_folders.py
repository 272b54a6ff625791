"""Folders of clips below whatever a user unpacked."""

import pytest

from mer.core.errors import InputError
from mer.datasets.layout import load_layout
from mer.datasets.release_folders import Folders, find_base, is_litter


def make(root, *paths):
    for path in paths:
        (root / path).mkdir(parents=True)
    return root


class TestFind:
    def test_the_exact_name_is_preferred_to_another_case(self, tmp_path):
        folders = Folders(make(tmp_path, "sub01/ep01", "sub01/EP01"))
        assert folders.find(["sub01/EP01"]) == tmp_path / "sub01" / "EP01"
        assert folders.find(["SUB01/ep01"]) == tmp_path / "sub01" / "ep01"

    def test_another_case_will_do_unless_there_are_two(self, tmp_path):
        folders = Folders(make(tmp_path, "sub01/ep01", "sub02/Ep01", "sub02/eP01"))
        assert folders.find(["Sub01/EP01"]) == tmp_path / "sub01" / "ep01"
        with pytest.raises(InputError, match="both fit"):
            folders.find(["sub02/EP01"])

    def test_the_first_of_several_places_that_exists(self, tmp_path):
        folders = Folders(make(tmp_path, "b", "c"))
        assert folders.find(["a", "b", "c"]) == tmp_path / "b"
        assert folders.find(["a"]) is None
        assert folders.find([]) is None

    def test_a_star_matches_one_name_of_any_kind(self, tmp_path):
        folders = Folders(make(tmp_path, "micro/x/s1", "macro/x/s2", "macro/y/s2"))
        assert folders.find(["*/x/s1"]) == tmp_path / "micro" / "x" / "s1"
        with pytest.raises(InputError, match="macro/x/s2 and macro/y/s2 both fit"):
            folders.find(["macro/*/s2"])


def test_templates_find_folders_and_videos_with_their_fields(tmp_path):
    make(tmp_path, "s1/a_1", "s1/a_2", "s2/b", "s1/._a_3", "__MACOSX/a_4")
    (tmp_path / "s2" / "c_5.avi").touch()
    for other in ("d_6.txt", "c_5.gif", "c_5.webm"):  # previews are no clips
        (tmp_path / "s2" / other).touch()
    found = Folders(tmp_path).matching("{subject}/{name}_{number}")
    assert [(path.relative_to(tmp_path).as_posix(), fields["subject"], fields["name"]) for path, fields in found] == [
        ("__MACOSX/a_4", "__MACOSX", "a"),
        ("s1/a_1", "s1", "a"),
        ("s1/a_2", "s1", "a"),
        ("s2/c_5.avi", "s2", "c"),
    ]


class TestBase:
    layout = load_layout("casme2")
    wanted = (["sub01/EP01"], ["sub02/EP02"])

    @pytest.mark.parametrize("above", ["", "CASME2/", "CASME2/{base}/", "{base}/"])
    def test_archives_nest_in_many_ways(self, tmp_path, above):
        base = self.layout.base[0]
        place = above.format(base=base) + base
        make(tmp_path, f"{place}/sub01/EP01", f"{place}/sub02/EP02")
        found = find_base(self.layout, tmp_path, self.wanted)
        assert found is not None and found.base == tmp_path / place

    def test_the_place_with_most_clips(self, tmp_path):
        base = self.layout.base[0]
        make(tmp_path, f"{base}/sub01/EP01", f"copy/{base}/sub01/EP01", f"copy/{base}/sub02/EP02")
        found = find_base(self.layout, tmp_path, self.wanted)
        assert found is not None and found.base == tmp_path / "copy" / base

    def test_the_folder_itself_may_have_any_name_but_another_variants(self, tmp_path):
        make(tmp_path, "mine/sub01/EP01")
        found = find_base(self.layout, tmp_path / "mine", self.wanted)
        assert found is not None and found.base == tmp_path / "mine"
        cropped = next(name for name in self.layout.variants if name != self.layout.variant)
        other = load_layout("casme2", cropped).base[0].split("/")[-1]
        make(tmp_path, f"{other}/sub01/EP01")
        assert find_base(self.layout, tmp_path / other, self.wanted) is None

    def test_nowhere(self, tmp_path):
        assert find_base(self.layout, tmp_path, self.wanted) is None
        assert find_base(self.layout, tmp_path / "absent", self.wanted) is None


def test_litter():
    assert [name for name in ("._a", ".git", "__MACOSX", "a", "__MACOSX2") if is_litter(name)] == [
        "._a",
        ".git",
        "__MACOSX",
    ]
