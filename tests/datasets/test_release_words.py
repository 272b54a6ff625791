"""Sentences about a release, one by one."""

import pandas as pd
import pytest

from mer.datasets.layout import load_layout
from mer.datasets.release_rows import Candidate
from mer.datasets.release_words import GET_AGAIN, Elsewhere, clip_remarks, expected_words, nothing_found
from mer.manifest.clips import COLUMNS, validate_clips


def clips(*rows):
    table = [
        (database, "s1", clip, clip, 1, apex, 9, 100, "", "", "", source, note)
        for database, clip, apex, source, note in rows
    ]
    return validate_clips(pd.DataFrame(table, columns=COLUMNS))


class TestClipRemarks:
    def test_nothing_is_odd(self):
        assert clip_remarks(clips(("d", "a", 5, "annotated", ""))) == []

    def test_notes_and_clips_without_motion_are_named(self):
        table = clips(("d", "a", 1, "annotated", ""), ("d", "b", 5, "annotated", "offset 8 -> 9: why"))
        assert clip_remarks(table) == [
            "s1/b: offset 8 -> 9: why.",
            "s1/a: onset and apex are one frame (1): no motion.",
        ]

    def test_single_clips_without_apex_are_named(self):
        table = clips(("d", "a", 5, "middle", ""), ("d", "b", 5, "annotated", ""))
        assert clip_remarks(table) == ["s1/a: no apex is annotated; the middle frame 5 is taken."]

    def test_a_database_without_any_apex_is_told_once(self):
        table = clips(("d", "a", 5, "middle", ""), ("d", "b", 5, "middle", ""))
        assert clip_remarks(table) == ["No apex is annotated; the middle frame is taken."]
        table = clips(("d", "a", 5, "middle", ""), ("e", "b", 5, "annotated", ""))
        assert clip_remarks(table) == ["No apex is annotated in d; the middle frame is taken."]

    def test_the_middle_of_one_frame_is_no_remark_on_motion(self):
        assert not any("no motion" in text for text in clip_remarks(clips(("d", "a", 1, "middle", ""))))


class TestElsewhere:
    @pytest.fixture
    def base(self, tmp_path):
        self.layout = load_layout("casme2")
        base = tmp_path / self.layout.base[0]
        (base / "sub01" / "EP01").mkdir(parents=True)
        return base

    def remedy(self, root, base, expected, *others):
        """What is said of ``expected``; ``others``: subjects that have a clip of the same name."""
        candidates = [Candidate("", one, "EP02", {"subject": one, "clip": "EP02"}) for one in others]
        return Elsewhere(self.layout, root, base, candidates).remedy(expected)

    def test_it_is_nowhere(self, tmp_path, base):
        assert self.remedy(tmp_path, base, base / "sub01" / "EP02") == GET_AGAIN

    def test_the_persons_folder_lies_elsewhere(self, tmp_path, base):
        (tmp_path / "rest" / "sub01" / "ep02").mkdir(parents=True)
        said = self.remedy(tmp_path, base, base / "sub01" / "EP02")
        assert said == "It lies in rest/sub01/ep02; move it to where it belongs."

    def test_a_folder_of_that_name_with_another_person(self, tmp_path, base):
        (base / "sub02" / "EP02").mkdir(parents=True)
        said = self.remedy(tmp_path, base, base / "sub01" / "EP02")
        assert said.startswith(f"If {base.name}/sub02/EP02 is this clip, move it to {base.name}/sub01/EP02")
        assert self.remedy(tmp_path, base, base / "sub01" / "EP02", "sub02") == GET_AGAIN, "it is that person's own"

    def test_hidden_folders_and_those_of_other_variants_do_not_count(self, tmp_path, base):
        variant = next(name for name in self.layout.variants if name != self.layout.variant)
        other = load_layout("casme2", variant).base[0]
        for above in (other, "__MACOSX", ".trash"):
            (tmp_path / above / "sub01" / "EP02").mkdir(parents=True)
        assert self.remedy(tmp_path, base, base / "sub01" / "EP02") == GET_AGAIN


def test_what_is_expected():
    layout = load_layout("casme2")
    assert layout.sheet is not None
    assert expected_words(layout) == f"with {layout.sheet.files[0]} and {layout.example}"
    smic = load_layout("smic")
    assert smic.sheet is None and expected_words(smic) == f"with {smic.example}"


def test_nothing_found(tmp_path):
    layout = load_layout("casme2")
    said = nothing_found(layout, tmp_path, "codes.xlsx", [])
    assert said.startswith("codes.xlsx lists 0 clips, but no clip of CASME II (variant 'raw')")
    assert "The folder holds: nothing." in said and layout.example in said
    for name in "dcba":
        (tmp_path / name).mkdir()
    one = Candidate("2", "sub07", "EP01", {"subject": "sub07", "clip": "EP01"})
    said = nothing_found(layout, tmp_path, None, [one])
    assert "The folder holds: a, b, c, d." in said and f"{layout.base[0]}/sub07/EP01" in said
