"""The places with limits that other tests use are limited, and only for those who are inside."""

from tests.limits import full_disk, read_only


def test_a_disk_gets_full_and_has_room_again(tmp_path):
    with full_disk(tmp_path, 1 << 20) as disk:
        fits = disk.python(f"open({str(tmp_path / 'a')!r}, 'wb').write(bytes(500_000))")
        assert fits.returncode == 0 and (disk.outside / "a").stat().st_size == 500_000
        assert not (tmp_path / "a").exists()
        taken = disk.fill(leave=8192)
        assert disk.free() == 8192
        more = f"open({str(tmp_path / 'b')!r}, 'wb').write(bytes(50_000))"
        assert "No space left on device" in disk.python(more).stderr
        taken.unlink()
        assert disk.python(more).returncode == 0


def test_a_folder_may_only_be_read(tmp_path):
    (tmp_path / "a").write_text("content")
    with read_only(tmp_path) as place:
        found = place.python(f"print(open({str(tmp_path / 'a')!r}).read())\nopen({str(tmp_path / 'b')!r}, 'w')")
        assert "content" in found.stdout and "Read-only file system" in found.stderr
    (tmp_path / "b").write_text("written afterwards")
