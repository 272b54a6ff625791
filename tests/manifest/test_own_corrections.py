"""A user's own corrections: the file, and what it does to a clip table."""

import multiprocessing
import os
import signal
import time
from dataclasses import replace

import pandas as pd
import pytest

from mer.core import files
from mer.core.errors import InputError
from mer.manifest.clips import COLUMNS as CLIP_COLUMNS
from mer.manifest.clips import validate_clips
from mer.manifest.own_corrections import (
    COLUMNS,
    OwnCorrection,
    apply_own_corrections,
    corrections_of,
    own_corrections_file,
    read_own_corrections,
    remove_own_corrections,
    save_own_corrections,
)

APEX = OwnCorrection("samm", "006", "006_1_2", "apex", "12", "14", reason="seen")
LABEL = OwnCorrection("samm", "006", "006_1_2", "label", "positive", "negative", labels="composite")
NOTE = OwnCorrection("casme2", "sub01", "EP02_01f", "note", 'blinks, "twice"\nsays 006\rand ünï', "")


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("MER_CORRECTIONS", str(tmp_path / "own" / "corrections.csv"))
    return own_corrections_file()


def clip(database, subject, name, onset, apex, offset, **other):
    about = {"frames": f"{subject}/{name}", "fps": 200, "emotion": "anger", "action_units": "", "label": "negative"}
    about |= {"apex_source": "annotated", "note": "old", **other}
    return {"database": database, "subject": subject, "clip": name, "onset": onset, "apex": apex} | {
        "offset": offset,
        **about,
    }


@pytest.fixture
def clips():
    rows = [
        clip("samm", "006", "006_1_2", 10, 14, 20),
        clip("samm", "006", "006_1_3", 10, 14, 20),
        clip("smic", "s1", "s1_ne_01", 10, 15, 20, apex_source="middle"),
    ]
    return validate_clips(pd.DataFrame(rows, columns=CLIP_COLUMNS))


class TestFile:
    def test_no_file_no_corrections(self, path):
        assert read_own_corrections() == () and remove_own_corrections([APEX.clip_key]) == ()
        assert not path.parent.exists(), "reading makes nothing"

    def test_place(self, tmp_path, monkeypatch):
        monkeypatch.delenv("MER_CORRECTIONS", raising=False)
        (tmp_path / "notebooks").mkdir()
        monkeypatch.chdir(tmp_path / "notebooks")
        assert own_corrections_file() == tmp_path / "corrections.csv"

    def test_what_is_saved_is_read(self, path):
        assert save_own_corrections([APEX, LABEL, NOTE]) == path
        found = read_own_corrections()
        assert [replace(one, saved="") for one in found] == [APEX, LABEL, NOTE]
        assert all(one.saved.endswith(" UTC") for one in found)
        assert path.read_text(encoding="utf-8").splitlines()[0] == ",".join(COLUMNS)

    def test_one_of_the_same_key_takes_the_place_all_else_stays(self, path):
        save_own_corrections([APEX, LABEL, NOTE])
        other_space = replace(LABEL, labels="casme2-5", value="happiness", was="disgust")
        save_own_corrections([replace(APEX, value="0013"), other_space])
        found = read_own_corrections()
        assert [one.key for one in found] == [APEX.key, LABEL.key, NOTE.key, other_space.key]
        assert (found[0].value, found[0].was) == ("13", "14")

    def test_a_correction_of_a_correction_knows_the_databases_value(self, path):
        save_own_corrections([APEX])
        save_own_corrections([replace(APEX, value="13", was="12")])
        assert [(one.value, one.was) for one in read_own_corrections()] == [("13", "14")]

    def test_back_to_the_databases_value_removes_the_row(self, path):
        save_own_corrections([APEX, LABEL])
        save_own_corrections([replace(APEX, value="14", was="12")])
        assert [one.key for one in read_own_corrections()] == [LABEL.key]
        save_own_corrections([replace(LABEL, value="negative")])
        assert read_own_corrections() == ()

    def test_removing_by_clip_or_column(self, path):
        save_own_corrections([APEX, LABEL, NOTE])
        assert [one.key for one in remove_own_corrections([(*APEX.clip_key, "apex")])] == [APEX.key]
        assert remove_own_corrections([("samm", "006", "006_1")]) == (), "a part of a name is no key"
        assert [one.key for one in remove_own_corrections([LABEL.clip_key])] == [LABEL.key]
        assert [one.key for one in read_own_corrections()] == [NOTE.key]

    def test_a_spreadsheets_mark_and_line_ends_are_no_fault(self, path):
        save_own_corrections([APEX, LABEL])
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
        assert [one.subject for one in read_own_corrections()] == ["006", "006"]


class TestFaults:
    def test_all_are_listed_at_once(self, path):
        save_own_corrections([NOTE])
        rows = [
            "samm,006,006_1_2,apex,,12.5,14,,",
            "samm,006,006_1_2,appex,,12,14,,",
            "samm,006,006_1_2,label,,positive,,,",
            "samm,006,006_1_2,offset,composite,12,14,,",
            "samm,,a/b,onset,,3,4,,",
            "samm,006,006_1_2,emotion,,fear,anger,,",
            "samm,006,006_1_2,emotion,,joy,anger,,",
        ]
        path.write_text(",".join(COLUMNS) + "\n" + "\n".join(rows) + "\n", encoding="utf-8")
        with pytest.raises(InputError) as caught:
            read_own_corrections()
        message = str(caught.value)
        for part in (
            "7 fault(s)",
            "row 2 (samm/006/006_1_2: apex): value is '12.5'; expected the number of a frame",
            "row 3 (samm/006/006_1_2: appex): column is 'appex', which cannot be corrected. Did you mean 'apex'?",
            "row 4 (samm/006/006_1_2: label): labels is empty",
            "row 5 (samm/006/006_1_2: offset (composite)): labels is 'composite'; expected nothing",
            "subject is empty",
            "clip 'a/b' has a '/'",
            "row 8 (samm/006/006_1_2: emotion): is corrected in row 7 already",
        ):
            assert part in message
        assert str(path) in message

    @pytest.mark.parametrize("value", ["", "-1", "1.0", "1e3", "٣", "0x1", " 3", "1" * 16])
    def test_a_key_frame_is_a_whole_number(self, path, value):
        with pytest.raises(InputError, match="expected the number of a frame"):
            save_own_corrections([replace(APEX, value=value)])
        assert not path.exists()

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "columns none; expected database, subject"),
            (b"database;subject\n", "columns database;subject; expected"),
            (",".join(COLUMNS[::-1]).encode(), "expected database, subject"),
            (b"\xff\xfe\x00", "not a CSV table"),
            (b'a,"b', "not a CSV table"),
            ((",".join(COLUMNS) + "\na,b,c,note,,one, two,,,\n").encode(), "rows of other than 9 cells: 2"),
        ],
    )
    def test_a_file_that_is_no_such_table_is_refused_and_kept(self, path, content, said):
        path.parent.mkdir()
        path.write_bytes(content)
        for act in (read_own_corrections, lambda: save_own_corrections([APEX]), lambda: remove_own_corrections([()])):
            with pytest.raises(InputError, match=said):
                act()
        assert path.read_bytes() == content

    def test_a_folder_in_its_place(self, path):
        path.mkdir(parents=True)
        with pytest.raises(InputError, match="not a CSV table"):
            read_own_corrections()


def _save_many(path, who, count):
    for number in range(count):
        save_own_corrections([replace(APEX, subject=who, clip=f"c{number}")], path)


def _remove_many(path, who, count):
    for number in range(count):
        remove_own_corrections([("samm", who, f"c{number}")], path)


def _save_forever(path):
    number = 0
    while True:
        number += 1
        save_own_corrections([replace(APEX, clip=f"c{number}", reason="x" * 2000)], path)


class TestProcesses:
    def test_two_that_save_at_once_lose_nothing(self, path):
        both = [multiprocessing.get_context("fork").Process(target=_save_many, args=(path, who, 25)) for who in "ab"]
        for process in both:
            process.start()
        for process in both:
            process.join(60)
        assert [process.exitcode for process in both] == [0, 0]
        assert sorted(one.key[1:3] for one in read_own_corrections(path)) == sorted(
            (who, f"c{number}") for who in "ab" for number in range(25)
        )

    def test_one_that_removes_takes_nothing_of_another_that_saves(self, path):
        _save_many(path, "a", 40)
        both = [
            multiprocessing.get_context("fork").Process(target=act, args=(path, who, 40))
            for act, who in ((_remove_many, "a"), (_save_many, "b"))
        ]
        for process in both:
            process.start()
        for process in both:
            process.join(60)
        assert [one.subject for one in read_own_corrections(path)] == ["b"] * 40

    def test_one_killed_while_it_saves_leaves_a_whole_file_that_can_be_saved(self, path):
        for _ in range(3):
            process = multiprocessing.get_context("fork").Process(target=_save_forever, args=(path,))
            process.start()
            known = len(read_own_corrections(path))
            until = time.monotonic() + 30
            while len(read_own_corrections(path)) < known + 3 and time.monotonic() < until:
                time.sleep(0.01)
            os.kill(process.pid, signal.SIGKILL)
            process.join(30)
            found = {one.key for one in read_own_corrections(path)}
            assert len(found) >= max(3, known)
            save_own_corrections([LABEL], path)
            assert {one.key for one in read_own_corrections(path)} == found | {LABEL.key}

    def test_a_full_disk_leaves_the_file_as_it_was(self, path, monkeypatch):
        save_own_corrections([APEX])
        before = path.read_bytes()

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(files.os, "fsync", full)
        with pytest.raises(InputError, match="No space left"):
            save_own_corrections([LABEL])
        assert path.read_bytes() == before


class TestApplied:
    def test_values_are_set_and_nothing_else(self, clips):
        wished = [APEX, LABEL, replace(NOTE, database="other"), replace(APEX, column="note", value="", was="old")]
        new, remarks = apply_own_corrections(clips, wished, "composite")
        assert remarks == ()
        changed = {(row, column) for row, column in zip(*(new != clips).to_numpy().nonzero(), strict=True)}
        assert {(row, new.columns[column]) for row, column in changed} == {(0, "apex"), (0, "label"), (0, "note")}
        assert new.loc[0, ["apex", "label", "note"]].tolist() == [12, "positive", ""]
        assert clips.loc[0, "apex"] == 14 and validate_clips(new).equals(new)

    def test_a_label_counts_in_its_own_space_only(self, clips):
        new, _ = apply_own_corrections(clips, [LABEL], "casme2-5")
        assert new.equals(clips)
        assert corrections_of(clips, [LABEL], "casme2-5") == () and corrections_of(clips, [LABEL]) == (LABEL,)

    def test_chosen_columns(self, clips):
        new, _ = apply_own_corrections(clips, [APEX, LABEL], "composite", columns=["label"])
        assert new.loc[0, ["apex", "label"]].tolist() == [14, "positive"]

    def test_a_middle_frame_follows_its_clip_until_it_is_corrected_itself(self, clips):
        onset = OwnCorrection("smic", "s1", "s1_ne_01", "onset", "16", "10")
        new, _ = apply_own_corrections(clips, [onset], "composite")
        assert new.loc[2, ["onset", "apex", "offset", "apex_source"]].tolist() == [16, 18, 20, "middle"]
        apex = replace(onset, column="apex", value="19", was="15")
        for order in ([onset, apex], [apex, onset]):
            new, _ = apply_own_corrections(clips, order, "composite")
            assert new.loc[2, ["onset", "apex", "apex_source"]].tolist() == [16, 19, "annotated"]

    def test_what_has_changed_since_still_counts_and_is_said(self, clips):
        gone = replace(APEX, clip="006_9_9")
        new, remarks = apply_own_corrections(clips, [replace(APEX, was="13"), gone], "composite")
        assert new.loc[0, "apex"] == 12 and len(remarks) == 2
        assert remarks[0].startswith(
            "samm/006/006_1_2: apex was 13 when it was corrected to 12; the database has 14 now"
        )
        assert "samm/006/006_9_9: apex" in remarks[1] and "there is no such clip" in remarks[1]
        assert len(apply_own_corrections(clips, [replace(APEX, was="13"), gone], "composite", part=True)[1]) == 1

    def test_a_database_that_took_the_value_over_is_no_remark(self, clips):
        new, remarks = apply_own_corrections(clips, [replace(APEX, value="14", was="13")], "composite")
        assert remarks == () and new.equals(clips) and corrections_of(clips, [replace(APEX, value="14")]) == ()

    def test_key_frames_out_of_order_are_all_listed(self, clips, path):
        late = replace(APEX, column="onset", value="15", was="10")
        other = replace(APEX, clip="006_1_3", column="offset", value="9", was="20")
        with pytest.raises(InputError) as caught:
            apply_own_corrections(clips, [NOTE, late, other], "composite")
        message = str(caught.value)
        assert str(path) in message and "2 clip(s)" in message
        assert "row 3: samm/006/006_1_2: onset 15, apex 14, offset 20" in message
        assert "row 4: samm/006/006_1_3: onset 10, apex 14, offset 9" in message
        moved, _ = apply_own_corrections(clips, [late, replace(APEX, value="16")], "composite")
        assert moved.loc[0, ["onset", "apex"]].tolist() == [15, 16], "together they are in order"

    def test_what_is_corrected_is_told_with_the_value_of_now(self, clips):
        wished = [replace(APEX, value="0012", was="99"), LABEL, NOTE, replace(APEX, clip="006_9_9")]
        assert corrections_of(clips, wished, "composite") == (APEX, LABEL)

    def test_many_clips_take_little_time(self):
        rows = [clip("samm", "006", f"c{number}", 10, 14, 20) for number in range(10_000)]
        many = validate_clips(pd.DataFrame(rows, columns=CLIP_COLUMNS))
        wished = [replace(APEX, clip=f"c{number}") for number in range(0, 10_000, 10)]
        took = []
        for _ in range(3):
            start = time.process_time()
            apply_own_corrections(many, wished, "composite")
            took.append(time.process_time() - start)
        assert min(took) < 0.5
