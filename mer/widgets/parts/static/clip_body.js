// The body of a table, of which only the rows in sight are in the page.

const ROW = 28; // height of a row, CSS px; the style sheet is given it
const SPARE = 6; // rows kept above and below those in sight
const TAIL = 8; // last characters of a name, which are not cut
const SIGNS = { right: "✓", yes: "✓", wrong: "✗", no: "✗" };

function bodyRows(table, id) {
  const { model, grid, head, body } = table;
  let drawn = new Map(); // row -> its element

  const sight = () => grid.clientHeight - head.offsetHeight;

  // Start anew, in another order; `words` stand where there is no row.
  function reset(words) {
    body.style.height = `${Math.max(2, table.order.length) * ROW}px`;
    drawn = new Map();
    body.replaceChildren(...(table.order.length ? [] : [nothing(words)]));
  }

  function nothing(words) {
    const row = make("div", "mer-table-row mer-table-empty");
    row.setAttribute("role", "row");
    const box = make("div", "", words);
    box.setAttribute("role", "gridcell");
    row.append(box);
    return row;
  }

  function draw() {
    const { order, places, chosen } = table;
    const focus = model.get("_focus");
    const from = Math.max(0, Math.floor(grid.scrollTop / ROW) - SPARE);
    const to = Math.min(order.length, Math.ceil((grid.scrollTop + Math.max(0, sight())) / ROW) + SPARE);
    const wanted = new Set(order.slice(from, to));
    if (places.has(focus)) wanted.add(focus); // it stays in the page, out of sight too, for a screen reader
    for (const [row, element] of drawn) {
      if (wanted.has(row)) continue;
      element.remove();
      drawn.delete(row);
    }
    for (const row of wanted) {
      if (!drawn.has(row)) insert(row);
      const element = drawn.get(row);
      element.setAttribute("aria-selected", chosen.has(row));
      element.classList.toggle("mer-focus", row === focus);
      element.firstChild.firstChild.textContent = chosen.has(row) ? "✓" : "";
    }
    if (places.has(focus)) grid.setAttribute("aria-activedescendant", `${id}-${focus}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function insert(row) {
    const place = table.places.get(row);
    let next = null; // rows stand in the page in their order, which a screen reader goes by
    let nearest = Infinity;
    for (const [other, element] of drawn) {
      const at = table.places.get(other);
      if (at > place && at < nearest) [next, nearest] = [element, at];
    }
    const element = make("div", "mer-table-row");
    element.id = `${id}-${row}`;
    element.dataset.row = row;
    element.setAttribute("role", "row");
    element.setAttribute("aria-rowindex", place + 2);
    element.style.top = `${place * ROW}px`;
    const first = cell("gridcell", 0);
    const tick = make("span", "mer-tick");
    tick.setAttribute("aria-hidden", "true");
    first.append(tick);
    element.append(first, ...table.columns.map((column, at) => content(column, column.texts[row] ?? "", at)));
    body.insertBefore(element, next);
    drawn.set(row, element);
  }

  function content(column, text, at) {
    const box = cell("gridcell", at + 1);
    box.classList.toggle("mer-number", column.kind === "number");
    if (column.kind === "flag" && text) {
      const sign = make("span", `mer-sign mer-${SIGNS[text] === "✓" ? "good" : "bad"}`, SIGNS[text] ?? "");
      sign.setAttribute("aria-hidden", "true");
      box.append(sign);
    }
    if (column.names && text.length > TAIL) box.append(...cutInTheMiddle(box, text));
    else box.append(text);
    return box;
  }

  // A name too long for its column loses its middle: names of one family differ at their ends.
  function cutInTheMiddle(box, text) {
    box.classList.add("mer-name");
    box.setAttribute("aria-label", text); // else a screen reader hears two words
    return [make("span", "mer-name-start", text.slice(0, -TAIL)), make("span", "", text.slice(-TAIL))];
  }

  // Scroll to the row looked at.
  function reveal() {
    const place = table.places.get(model.get("_focus"));
    if (place === undefined || sight() <= 0) return;
    const top = place * ROW;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + ROW > grid.scrollTop + sight()) grid.scrollTop = top + ROW - sight();
  }

  const page = () => Math.max(1, Math.floor(sight() / ROW) - 1); // rows that PageUp and PageDown go

  return { reset, draw, reveal, page };
}
