// A grid of which only the rows in sight are in the page; what is chosen is shared with the other views.

const ROW = 28; // height of a row, CSS px; the style sheet is given it
const SPARE = 6; // rows kept above and below those in sight
const SIGNS = { right: "✓", yes: "✓", wrong: "✗", no: "✗" };
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
let tables = 0;

function render({ model, el }) {
  el.classList.add("mer-table");
  const id = `mer-table-${++tables}`;
  const bar = make("div", "mer-table-bar");
  const field = make("input");
  field.type = "search";
  field.placeholder = "words in any column";
  field.id = `${id}-filter`;
  const name = make("label", "", "Filter");
  name.htmlFor = field.id;
  const only = make("input");
  only.type = "checkbox";
  const onlyLabel = make("label", "mer-table-only");
  onlyLabel.append(only, "chosen only");
  const count = make("span", "mer-table-count");
  count.setAttribute("role", "status");
  bar.append(name, field, onlyLabel, count);
  const grid = make("div", "mer-table-grid");
  grid.tabIndex = 0;
  const head = make("div", "mer-table-head");
  const body = make("div", "mer-table-body");
  for (const [part, role] of [[grid, "grid"], [head, "rowgroup"], [body, "rowgroup"]]) part.setAttribute("role", role);
  grid.setAttribute("aria-multiselectable", "true");
  grid.append(head, body);
  el.append(bar, grid);

  let columns = []; // of the model, each with `texts`, what its cells show
  let order = []; // rows as they are shown: positions in the table
  let places = new Map(); // row -> its place in `order`
  let chosen = new Set();
  let sort = { column: -1, down: false };
  let texts = null; // one text a row to search in, made when first needed
  let anchor = -1; // row from which Shift extends
  let drawn = new Map(); // row -> its element

  function load() {
    columns = model.get("_columns").map((column) => ({ ...column, texts: column.values.map(texter(column)) }));
    texts = null;
    if (sort.column >= columns.length) sort = { column: -1, down: false };
    const widths = columns.map((column) => {
      const longest = column.texts.reduce((most, text) => Math.max(most, text.length), 0);
      const wide = Math.min(34, Math.max(column.title.length + 3, longest + (column.kind === "flag" ? 3 : 1), 5));
      return column.kind === "text" ? `minmax(${wide}ch, ${wide}fr)` : `${wide}ch`;
    });
    grid.style.setProperty("--mer-columns", `32px ${widths.join(" ")}`);
    grid.setAttribute("aria-colcount", columns.length + 1);
    heads();
    arrange();
  }

  function heads() {
    const row = make("div", "mer-table-row");
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", 1);
    const all = cell("columnheader", 0);
    const tick = make("button", "mer-tick");
    tick.type = "button";
    tick.addEventListener("click", () => choose(order.every((row) => chosen.has(row)) ? [] : [...chosen, ...order]));
    all.append(tick);
    row.append(all);
    columns.forEach((column, at) => {
      const box = cell("columnheader", at + 1);
      box.classList.toggle("mer-number", column.kind === "number");
      const sorted = sort.column === at ? (sort.down ? "descending" : "ascending") : "none";
      box.setAttribute("aria-sort", sorted);
      const press = make("button", "mer-table-sort");
      press.type = "button";
      press.title = `Sort by ${column.title}`;
      const arrow = make("span", "mer-table-arrow", { ascending: "▲", descending: "▼", none: "" }[sorted]);
      arrow.setAttribute("aria-hidden", "true");
      press.append(make("span", "", column.title), arrow);
      press.addEventListener("click", () => {
        sort = sort.column !== at ? { column: at, down: false } : { column: sort.down ? -1 : at, down: !sort.down };
        heads();
        arrange();
        head.querySelectorAll(".mer-table-sort")[at].focus();
      });
      box.append(press);
      row.append(box);
    });
    head.replaceChildren(row);
    ticks();
  }

  function arrange() {
    const total = model.get("_count");
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length && !texts) {
      texts = Array.from({ length: total }, (_, row) => columns.map((c) => c.texts[row]).join("\n").toLowerCase());
    }
    order = [];
    for (let row = 0; row < total; row++) {
      if (only.checked && !chosen.has(row)) continue;
      if (words.length && !words.every((word) => texts[row].includes(word))) continue;
      order.push(row);
    }
    if (sort.column >= 0) order.sort(comparer(columns[sort.column], sort.down));
    places = new Map(order.map((row, place) => [row, place]));
    grid.setAttribute("aria-rowcount", order.length + 1);
    body.style.height = `${Math.max(1, order.length) * ROW}px`;
    drawn = new Map();
    body.replaceChildren();
    if (!order.length) body.append(empty(total));
    say();
    ticks();
    draw();
  }

  function empty(total) {
    const row = make("div", "mer-table-row mer-table-empty");
    row.setAttribute("role", "row");
    const box = make("div", "", total ? "No row matches" : "No rows");
    box.setAttribute("role", "gridcell");
    row.append(box);
    return row;
  }

  function say() {
    const total = model.get("_count");
    const words = `${order.length} of ${total} rows${chosen.size ? `, ${chosen.size} chosen` : ""}`;
    if (count.textContent !== words) count.textContent = words;
  }

  function ticks() {
    const tick = head.querySelector(".mer-tick");
    const all = order.length > 0 && order.every((row) => chosen.has(row));
    tick.textContent = all ? "✓" : order.some((row) => chosen.has(row)) ? "–" : "";
    tick.title = all ? "Choose none" : "Choose all rows shown";
    tick.setAttribute("aria-label", tick.title);
  }

  function draw() {
    const focus = model.get("_focus");
    const high = Math.max(0, grid.clientHeight - head.offsetHeight);
    const from = Math.max(0, Math.floor(grid.scrollTop / ROW) - SPARE);
    const to = Math.min(order.length, Math.ceil((grid.scrollTop + high) / ROW) + SPARE);
    const wanted = new Set(order.slice(from, to));
    if (places.has(focus)) wanted.add(focus); // the row that has the focus is always there for a screen reader
    for (const [row, element] of drawn) {
      if (wanted.has(row)) continue;
      element.remove();
      drawn.delete(row);
    }
    for (const row of wanted) {
      if (!drawn.has(row)) drawn.set(row, line(row));
      const element = drawn.get(row);
      const on = chosen.has(row);
      element.setAttribute("aria-selected", on);
      element.classList.toggle("mer-focus", row === focus);
      element.firstChild.firstChild.textContent = on ? "✓" : "";
    }
    if (places.has(focus)) grid.setAttribute("aria-activedescendant", `${id}-${focus}`);
    else grid.removeAttribute("aria-activedescendant");
  }

  function line(row) {
    const place = places.get(row);
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
    element.append(first);
    columns.forEach((column, at) => {
      const box = cell("gridcell", at + 1);
      const text = column.texts[row] ?? "";
      box.title = text;
      if (column.kind === "flag" && text) {
        const sign = make("span", `mer-sign mer-${SIGNS[text] === "✓" ? "good" : "bad"}`, SIGNS[text] ?? "");
        sign.setAttribute("aria-hidden", "true");
        box.append(sign, text);
      } else box.textContent = text;
      box.classList.toggle("mer-number", column.kind === "number");
      element.append(box);
    });
    const after = [...drawn.keys()].filter((other) => places.get(other) > place);
    const next = after.reduce((best, other) => (best < 0 || places.get(other) < places.get(best) ? other : best), -1);
    body.insertBefore(element, next < 0 ? null : drawn.get(next));
    return element;
  }

  function choose(rows, focus = model.get("_focus")) {
    model.set("_rows", [...new Set(rows)].sort((a, b) => a - b));
    model.set("_focus", focus);
    model.save_changes();
  }

  function look(row) {
    if (row === undefined || row === model.get("_focus")) return;
    model.set("_focus", row);
    model.save_changes();
  }

  function toggle(row) {
    const rows = new Set(chosen);
    if (!rows.delete(row)) rows.add(row);
    anchor = row;
    choose(rows, row);
  }

  function extend(row) {
    const start = places.get(anchor) ?? places.get(model.get("_focus")) ?? places.get(row);
    if (!places.has(anchor)) anchor = order[start];
    const end = places.get(row);
    choose(order.slice(Math.min(start, end), Math.max(start, end) + 1), row);
  }

  function reveal() {
    const place = places.get(model.get("_focus"));
    if (place === undefined) return;
    const high = grid.clientHeight - head.offsetHeight;
    if (high <= 0) return;
    const top = place * ROW;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + ROW > grid.scrollTop + high) grid.scrollTop = top + ROW - high;
  }

  body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // no text is marked
  body.addEventListener("click", (event) => {
    const element = event.target.closest("[data-row]");
    if (!element) return;
    const row = Number(element.dataset.row);
    grid.focus({ preventScroll: true });
    if (event.shiftKey) extend(row);
    else if (event.ctrlKey || event.metaKey || event.target.closest("[role=gridcell]") === element.firstChild) toggle(row);
    else {
      anchor = row;
      if (chosen.has(row)) look(row);
      else choose([row], row);
    }
  });
  grid.addEventListener("keydown", (event) => {
    event.stopPropagation(); // else keys also move between the cells of the notebook
    if (event.target !== grid || !order.length) return;
    const focus = model.get("_focus");
    const here = places.get(focus);
    const page = Math.max(1, Math.floor((grid.clientHeight - head.offsetHeight) / ROW) - 1);
    const moves = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      const to = here === undefined ? 0 : Math.max(0, Math.min(order.length - 1, here + moves[event.key]));
      if (event.shiftKey) extend(order[to]);
      else {
        anchor = order[to];
        look(order[to]);
      }
    } else if (event.key === " ") {
      if (here !== undefined) toggle(focus);
    } else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) choose(order);
    else if (event.key === "Escape") choose([]);
    else return;
    event.preventDefault();
  });
  field.addEventListener("input", arrange);
  field.addEventListener("keydown", (event) => event.stopPropagation());
  only.addEventListener("change", arrange);
  grid.addEventListener("scroll", draw, { passive: true });
  const sizes = new ResizeObserver(() => {
    reveal();
    draw();
  });
  sizes.observe(grid);

  function picked() {
    chosen = new Set(model.get("_rows"));
    if (only.checked) return arrange();
    say();
    ticks();
    draw();
  }
  function focused() {
    reveal();
    draw();
  }
  function dress() {
    grid.style.height = `${model.get("height")}px`;
    grid.setAttribute("aria-label", model.get("label"));
  }
  const hears = {
    "change:_columns": load,
    "change:_count": load,
    "change:_rows": picked,
    "change:_focus": focused,
    "change:height": dress,
    "change:label": dress,
  };
  for (const [what, hear] of Object.entries(hears)) model.on(what, hear);
  grid.style.setProperty("--mer-row", `${ROW}px`);
  chosen = new Set(model.get("_rows"));
  dress();
  load();
  reveal();
  return () => {
    sizes.disconnect();
    for (const [what, hear] of Object.entries(hears)) model.off(what, hear);
  };
}

function texter(column) {
  if (column.kind !== "number") return (value) => (value === null ? "" : String(value));
  return (value) => (value === null ? "" : value.toFixed(column.digits));
}

function comparer({ kind, values }, down) {
  const compare = kind === "number" ? (a, b) => a - b : collator.compare;
  const sign = down ? -1 : 1;
  return (one, two) => {
    const a = values[one];
    const b = values[two];
    if (a === null || b === null) return (a === null) - (b === null) || one - two; // what is missing comes last
    return sign * compare(a, b) || one - two;
  };
}

function cell(role, at) {
  const element = make("div", "mer-table-cell");
  element.setAttribute("role", role);
  element.setAttribute("aria-colindex", at + 1);
  return element;
}

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

export default { render };
