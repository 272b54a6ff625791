// The head of a table: a button that sorts for each column, and a box that chooses all.

// `sorted(column)` is called when another order is wanted, `all()` when all are to be chosen, or none.
function headRow(table, sorted, all) {
  const tick = make("button", "mer-tick");
  tick.type = "button";
  tick.addEventListener("click", all);

  function draw() {
    const row = make("div", "mer-table-row");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", 1);
    const first = cell("columnheader", 0);
    first.append(tick);
    row.append(first, ...table.columns.map(heading));
    table.head.replaceChildren(row);
  }

  function heading(column, at) {
    const { sort } = table;
    const box = cell("columnheader", at + 1);
    const order = sort.column === at ? (sort.down ? "descending" : "ascending") : "none";
    box.classList.toggle("mer-number", column.kind === "number");
    box.setAttribute("aria-sort", order);
    const press = make("button", "mer-table-sort");
    press.type = "button";
    press.title = `Sort by ${column.title}`;
    const arrow = make("span", "mer-table-arrow", { ascending: "▲", descending: "▼", none: "" }[order]);
    arrow.setAttribute("aria-hidden", "true");
    press.append(make("span", "", column.title), arrow);
    press.addEventListener("click", () => {
      table.sort = sort.column !== at ? { column: at, down: false } : { column: sort.down ? -1 : at, down: !sort.down };
      draw();
      sorted();
      table.head.querySelectorAll(".mer-table-sort")[at].focus();
    });
    box.append(press);
    return box;
  }

  // The box: all of the rows shown are chosen, some, or none.
  function mark() {
    const whole = allChosen(table);
    tick.textContent = whole ? "✓" : table.order.some((row) => table.chosen.has(row)) ? "–" : "";
    tick.title = whole ? "Choose none" : "Choose all rows shown";
    tick.setAttribute("aria-label", tick.title);
  }

  return { draw, mark };
}

const allChosen = ({ order, chosen }) => order.length > 0 && order.every((row) => chosen.has(row));

function cell(role, at) {
  const element = make("div", "mer-table-cell");
  element.setAttribute("role", role);
  element.setAttribute("aria-colindex", at + 1);
  return element;
}
