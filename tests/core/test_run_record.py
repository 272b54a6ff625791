"""What a run says about itself is read only while it is as the run left it."""

import json

import pytest

from mer.core.errors import InputError
from mer.core.finished_run import seal_run
from mer.core.run_record import read_record, recorded_config
from mer.core.sealed import Damaged, OtherFormat

NAMES = ("record.json", "summary.json", "parameters.json")


@pytest.fixture
def finished(tmp_path):
    for name in NAMES:
        (tmp_path / name).write_text(json.dumps({"config": {"database": "samm"}}))
    seal_run(tmp_path, {"state": "finished", "run": "one"})
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("how", ["deleted", "altered", "emptied"])
def test_a_record_of_a_finished_run_that_is_not_as_it_was_is_refused(finished, name, how):
    assert read_record(finished, name) == {"config": {"database": "samm"}}
    file = finished / name
    if how == "deleted":
        file.unlink()
    else:
        file.write_text("" if how == "emptied" else file.read_text().replace("samm", "smic"))
    with pytest.raises(Damaged, match=name):
        read_record(finished, name)


@pytest.mark.parametrize("content", ["", '{"config": {', "[1]"])
def test_a_record_that_an_older_run_does_not_vouch_for_is_refused_with_the_command(finished, content):
    """Nothing else says that it is damaged, so the command has to insist."""
    result = json.loads((finished / "result.json").read_text())
    of_before = {name: value for name, value in result.items() if name not in ("format", "seal", "files")}
    (finished / "result.json").write_text(json.dumps(of_before))
    (finished / "record.json").write_text(content)
    with pytest.raises(Damaged, match=r"record\.json is damaged.*Make it again: .*mer study .* --force$"):
        read_record(finished)
    (finished / "result.json").unlink()
    with pytest.raises(Damaged, match=r"record\.json is damaged.*Make it again: .*mer study ((?!--force).)*$"):
        read_record(finished)


def test_one_that_is_not_finished_tells_what_it_has(tmp_path):
    assert read_record(tmp_path) == {} == recorded_config(tmp_path)
    (tmp_path / "record.json").write_text('{"config": {"seed": 3}}')
    assert recorded_config(tmp_path) == {"seed": 3}


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ("[1]", InputError, "record"),
        ('{"format": 99}', OtherFormat, "Update it"),
        ('{"config": [1]}', InputError, r"'config' is \[1\] \(list\), expected an object"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, content, error, said):
    (tmp_path / "record.json").write_text(content)
    with pytest.raises(error, match=said):
        recorded_config(tmp_path)
