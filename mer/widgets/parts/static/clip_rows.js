// The rows of a table without their page: texts of cells, filter, order. Joined with clip_table.js, which shows them.

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const WIDEST = 34; // characters of a column
const NARROWEST = 24; // of a column of names, which may be cut
const TAIL = 12; // last characters of a name, which are not

// Each column gets `texts`, what its cells show, `least`, its least width in CSS, `share` of what room is left, and
// whether its texts are `names`, without spaces.
function readColumns(columns) {
  return columns.map((column) => {
    const texts = column.values.map((value) => cellText(value, column));
    const longest = texts.reduce((most, text) => Math.max(most, text.length), column.kind === "flag" ? 7 : 4);
    const letters = Math.min(WIDEST, Math.max(longest, column.title.length + 2));
    const names = column.kind === "text" && texts.every((text) => !/\s/.test(text));
    const least = `calc(${names ? Math.min(NARROWEST, letters) : letters}ch + 18px)`;
    return { ...column, texts, names, least, share: column.kind === "text" ? letters : letters / 3 };
  });
}

function cellText(value, { kind, digits }) {
  if (value === null) return "";
  return kind === "number" ? value.toFixed(digits) : String(value);
}

// One lower-case text a row, to search in.
function searchTexts(columns, count) {
  return Array.from({ length: count }, (_, row) => columns.map(({ texts }) => texts[row]).join("\n").toLowerCase());
}

// Rows in ascending or descending order of a column; what is missing comes last, equals stay as they were.
function sortRows(rows, { kind, values }, down) {
  const compare = kind === "number" ? (a, b) => a - b : collator.compare;
  const sign = down ? -1 : 1;
  return rows.sort((one, two) => {
    const a = values[one];
    const b = values[two];
    if (a === null || b === null) return (a === null) - (b === null) || one - two;
    return sign * compare(a, b) || one - two;
  });
}
