"""Spreadsheet files made by hand, part by part, as other programs than Excel write them."""

import zipfile

from mer.datasets.sheet import SheetFormat, read_sheet

PAIR = SheetFormat({"subject": ("Subject",), "onset": ("OnsetFrame",)})
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
SHEETS = '<sheet name="Coding" sheetId="1" r:id="rId1"/>'
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def handmade(path, sheet_xml, *, strings=None, styles=None, main=MAIN, extra=(), sheets=SHEETS):
    """An .xlsx file with the fewest parts, as small exporters write it."""
    parts = {"worksheet+xml": "worksheets/sheet1.xml", "sheet.main+xml": "workbook.xml"}
    relations = [("rId1", "worksheet", "worksheets/sheet1.xml")]
    files = dict(extra)
    for name, xml in (("sharedStrings", strings), ("styles", styles)):
        if xml is not None:
            parts[f"{name}+xml"] = f"{name}.xml"
            relations.append((f"rId{len(relations) + 1}", name, f"{name}.xml"))
            files[f"xl/{name}.xml"] = xml
    overrides = "".join(f'<Override PartName="/xl/{at}" ContentType="{TYPES}.{kind}"/>' for kind, at in parts.items())
    files["[Content_Types].xml"] = (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>'
    )
    link = '<Relationship Id="{}" Type="' + RELATION + '/{}" Target="{}"/>'
    body = "".join(link.format(*relation) for relation in relations)
    files["_rels/.rels"] = (
        f'<Relationships xmlns="{PACKAGE}/relationships">{link.format("rId1", "officeDocument", "xl/workbook.xml")}'
        "</Relationships>"
    )
    files["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{PACKAGE}/relationships">{body}</Relationships>'
    files["xl/workbook.xml"] = f'<workbook xmlns="{main}" xmlns:r="{RELATION}"><sheets>{sheets}</sheets></workbook>'
    files["xl/worksheets/sheet1.xml"] = sheet_xml.replace("MAIN", main)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def inline(text):
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


HEADER_ROW = f"<row>{inline('Subject')}{inline('OnsetFrame')}</row>"


def values_of(path, wanted=PAIR):
    return read_sheet(path, wanted).table[["subject", "onset", "row"]].to_numpy().tolist()
