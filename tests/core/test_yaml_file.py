"""YAML as people write it."""

import pytest

from mer.core.errors import InputError, MissingPath
from mer.core.yaml_file import read_yaml


def test_content(tmp_path):
    (tmp_path / "a.yaml").write_text("a: [1, é]\n", encoding="utf-8")
    assert read_yaml(tmp_path / "a.yaml") == {"a": [1, "é"]}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"a: 1\na: 2\n", "key 'a' is given twice"),
        (b"a: [1\n", "is not valid YAML"),
        (b"a: \xff\n", "is not valid YAML"),
        (b"a: 2025-02-30\n", "is not valid YAML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, content, fault):
    (tmp_path / "a.yaml").write_bytes(content)
    with pytest.raises(InputError, match=fault):
        read_yaml(tmp_path / "a.yaml")


def test_files_that_cannot_be_read(tmp_path, monkeypatch):
    with pytest.raises(MissingPath, match=r"none\.yaml does not exist"):
        read_yaml(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="cannot be read"):
        read_yaml(tmp_path)

    def refuse(*given, **options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "read_text", refuse)
    with pytest.raises(InputError, match=r"a\.yaml cannot be read \(Permission denied\)"):
        read_yaml(tmp_path / "a.yaml")
