// The rows of a table without their page: texts of cells, filter, order.

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

// Each column gets `texts`, what its cells show, and whether these are `names`, of one word each.
function readColumns(columns) {
  return columns.map((column) => {
    const texts = column.values.map((value) => cellText(value, column));
    return { ...column, texts, names: column.kind === "text" && texts.every((text) => !/\s/.test(text)) };
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
