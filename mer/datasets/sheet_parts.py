"""The parts of an .xlsx file, brought into the form that openpyxl expects.

An .xlsx file is a zip of XML parts. Other programs than Excel write parts that openpyxl fails on although they have
nothing to do with the cells (a date in the properties, an empty fill among the styles), names in other capitals, or the
"strict" variant of the format. The copy made here lives in memory only; the file is not touched.
"""

import io
import re
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

from mer.core.errors import InputError
from mer.datasets.sheet_cells import MAX_BYTES, SAVE_AGAIN

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"  # the container of .xls, and of an .xlsx behind a password
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_STRICT = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/main": MAIN.encode(),
    b"http://purl.oclc.org/ooxml/officeDocument/relationships": (
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    ),
}
_NOT_CELLS = ("docprops/", "xl/theme/", "xl/media/", "xl/drawings/", "xl/charts", "customxml/")
_PART_NAME = re.compile(rb"""PartName\s*=\s*["']/([^"']+)["']""")


def refuse_other_kinds(path: Path, data: bytes) -> None:
    """Raise an InputError where ``data`` is no zip of a workbook's parts, locked, or a zip bomb."""
    if data.startswith(_OLD_EXCEL):
        if _ENCRYPTED in data:
            raise InputError(f"{path} is protected by a password. Open it with the password and save it without.")
        raise InputError(f"{path} is an .xls file of old Excel under another name. Save it as .xlsx or .csv.")
    if data.lstrip()[:1] == b"<":
        raise InputError(
            f"{path} is a web page or XML, not an .xlsx file. Download the sheet again, or save it as .xlsx."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except Exception as error:  # a damaged directory raises more than BadZipFile
        raise InputError(
            f"{path} is not an .xlsx file, or only a part of one ({len(data):,} bytes). Take it from the release again."
        ) from error
    names = {member.filename for member in members}
    if any(member.flag_bits & 1 for member in members):
        raise InputError(f"{path} is protected by a password. Open it with the password and save it without.")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise InputError(f"{path} unpacks to more than {MAX_BYTES:,} bytes, far more than a sheet. Do not use it.")
    if "xl/workbook.bin" in names:
        raise InputError(f"{path} is a binary workbook (.xlsb). Save it as .xlsx or .csv.")
    if "[Content_Types].xml" not in names:
        raise InputError(f"{path} is an archive, but no .xlsx file. {SAVE_AGAIN}")


def plain_parts(data: bytes) -> io.BytesIO:
    """A copy of a workbook with the parts that matter for cells only, named as its table of contents names them."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(copy, "w") as target:
        contents = source.read("[Content_Types].xml")
        listed = {name.decode().casefold(): name.decode() for name in _PART_NAME.findall(contents)}
        for member in source.infolist():
            name = member.filename.replace("\\", "/")
            if name.endswith("/") or name.casefold().startswith(_NOT_CELLS):
                continue
            part = source.read(member)
            for strict, usual in _STRICT.items():
                part = part.replace(strict, usual)
            name = listed.get(name.casefold(), name)
            target.writestr(name, _number_formats(part) if name == "xl/styles.xml" else part)
    copy.seek(0)
    return copy


def _number_formats(styles: bytes) -> bytes:
    """The styles reduced to what tells a date from a number: the number format of each cell style."""
    from openpyxl.xml.functions import fromstring

    root = fromstring(styles)
    formats = "".join(
        f"<numFmt numFmtId={quoteattr(each.get('numFmtId', '0'))} formatCode={quoteattr(each.get('formatCode', ''))}/>"
        for each in root.iterfind(f"{{{MAIN}}}numFmts/{{{MAIN}}}numFmt")
    )
    cells = "".join(
        f"<xf numFmtId={quoteattr(each.get('numFmtId', '0'))}/>"
        for each in root.iterfind(f"{{{MAIN}}}cellXfs/{{{MAIN}}}xf")
    )
    text = f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><cellXfs>{cells}</cellXfs></styleSheet>'
    return text.encode()
