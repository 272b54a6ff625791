// A grid of which only the rows in sight are in the page; what is chosen is shared with the other views.

const ROW = 28; // height of a row, CSS px; the style sheet is given it
const SPARE = 6; // rows kept above and below those in sight
const SIGNS = { right: "✓", yes: "✓", wrong: "✗", no: "✗" };
let tables = 0;

function render({ model, el }) {
  el.classList.add("mer-table");
  const id = `mer-table-${Date.now().toString(36)}-${++tables}`; // each part is a module of its own
  const bar = make("div", "mer-table-bar");
  const name = make("label", "", "Filter");
  const field = make("input");
  field.type = "search";
  field.placeholder = "words in any column";
  field.id = name.htmlFor = `${id}-filter`;
  const only = make("input");
  only.type = "checkbox";
  const onlyName = make("label", "mer-table-only");
  onlyName.append(only, "chosen only");
  const counts = make("span", "mer-table-count");
  counts.setAttribute("role", "status");
  bar.append(name, field, onlyName, counts);
  const grid = make("div", "mer-table-grid");
  const head = make("div", "mer-table-head");
  const body = make("div", "mer-table-body");
  for (const [part, role] of [[grid, "grid"], [head, "rowgroup"], [body, "rowgroup"]]) part.setAttribute("role", role);
  grid.tabIndex = 0;
  grid.setAttribute("aria-multiselectable", "true");
  grid.style.setProperty("--mer-row", `${ROW}px`);
  grid.append(head, body);
  el.append(bar, grid);

  let columns = [];
  let order = []; // rows as they are shown: positions in the table
  let places = new Map(); // row -> its place in `order`
  let chosen = new Set(model.get("_rows"));
  let sort = { column: -1, down: false };
  let texts = null; // made when first searched
  let anchor = -1; // row from which Shift extends
  let drawn = new Map(); // row -> its element

  function load() {
    columns = readColumns(model.get("_columns"));
    texts = null;
    if (sort.column >= columns.length) sort = { column: -1, down: false };
    const tracks = columns.map(({ least, share }) => `minmax(${least}, ${share}fr)`);
    grid.style.setProperty("--mer-columns", `32px ${tracks.join(" ")}`);
    grid.style.setProperty("--mer-least", `calc(32px + ${columns.map(({ least }) => least).join(" + ")})`);
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
    tick.addEventListener("click", () => choose(allChosen() ? [] : [...chosen, ...order]));
    all.append(tick);
    row.append(all, ...columns.map((column, at) => heading(column, at)));
    head.replaceChildren(row);
  }

  function heading(column, at) {
    const box = cell("columnheader", at + 1);
    const sorted = sort.column === at ? (sort.down ? "descending" : "ascending") : "none";
    box.classList.toggle("mer-number", column.kind === "number");
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
      rearrange();
      head.querySelectorAll(".mer-table-sort")[at].focus();
    });
    box.append(press);
    return box;
  }

  function arrange() {
    const total = model.get("_count");
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) texts ??= searchTexts(columns, total);
    order = [];
    for (let row = 0; row < total; row++) {
      if (only.checked && !chosen.has(row)) continue;
      if (words.length && !words.every((word) => texts[row].includes(word))) continue;
      order.push(row);
    }
    if (sort.column >= 0) sortRows(order, columns[sort.column], sort.down);
    places = new Map(order.map((row, place) => [row, place]));
    grid.setAttribute("aria-rowcount", order.length + 1);
    body.style.height = `${Math.max(2, order.length) * ROW}px`;
    drawn = new Map();
    body.replaceChildren(...(order.length ? [] : [nothing(total)]));
    say();
    draw();
  }

  function rearrange() {
    grid.scrollTop = 0;
    arrange();
  }

  function nothing(total) {
    const row = make("div", "mer-table-row mer-table-empty");
    row.setAttribute("role", "row");
    const words = !total ? "No rows" : only.checked && !chosen.size ? "No row is chosen" : "No row matches";
    const box = make("div", "", words);
    box.setAttribute("role", "gridcell");
    row.append(box);
    return row;
  }

  const allChosen = () => order.length > 0 && order.every((row) => chosen.has(row));

  function say() {
    const number = (count) => count.toLocaleString("en");
    const some = chosen.size ? `, ${number(chosen.size)} chosen` : "";
    const words = `${number(order.length)} of ${number(model.get("_count"))} rows${some}`;
    if (counts.textContent !== words) counts.textContent = words;
    const tick = head.querySelector(".mer-tick");
    const all = allChosen();
    tick.textContent = all ? "✓" : order.some((row) => chosen.has(row)) ? "–" : "";
    tick.title = all ? "Choose none" : "Choose all rows shown";
    tick.setAttribute("aria-label", tick.title);
  }

  const sight = () => grid.clientHeight - head.offsetHeight;

  function draw() {
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
    const place = places.get(row);
    let next = null; // rows stand in the page in their order, which a screen reader goes by
    let nearest = Infinity;
    for (const [other, element] of drawn) {
      const at = places.get(other);
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
    element.append(first, ...columns.map((column, at) => content(column, column.texts[row] ?? "", at)));
    body.insertBefore(element, next);
    drawn.set(row, element);
  }

  function content(column, text, at) {
    const box = cell("gridcell", at + 1);
    box.classList.toggle("mer-number", column.kind === "number");
    if (text.length > 12) box.title = text;
    if (column.kind === "flag" && text) {
      const sign = make("span", `mer-sign mer-${SIGNS[text] === "✓" ? "good" : "bad"}`, SIGNS[text] ?? "");
      sign.setAttribute("aria-hidden", "true");
      box.append(sign);
    }
    if (column.names && text.length > TAIL) box.append(...cutInTheMiddle(box, text));
    else box.append(text);
    return box;
  }

  function choose(rows, focus = model.get("_focus")) {
    model.set("_rows", [...new Set(rows)].sort((a, b) => a - b));
    model.set("_focus", focus);
    model.save_changes();
  }

  function look(row) {
    if (row === model.get("_focus")) return;
    model.set("_focus", row);
    model.save_changes();
  }

  function toggle(row) {
    anchor = row;
    choose(chosen.has(row) ? [...chosen].filter((other) => other !== row) : [...chosen, row], row);
  }

  function extend(row) {
    if (!places.has(anchor)) anchor = places.has(model.get("_focus")) ? model.get("_focus") : row;
    const ends = [places.get(anchor), places.get(row)];
    choose(order.slice(Math.min(...ends), Math.max(...ends) + 1), row);
  }

  function reveal() {
    const place = places.get(model.get("_focus"));
    if (place === undefined || sight() <= 0) return;
    const top = place * ROW;
    if (top < grid.scrollTop) grid.scrollTop = top;
    else if (top + ROW > grid.scrollTop + sight()) grid.scrollTop = top + ROW - sight();
  }

  function click(event) {
    const element = event.target.closest("[data-row]");
    if (!element) return;
    const row = Number(element.dataset.row);
    grid.focus({ preventScroll: true });
    if (event.shiftKey) return extend(row);
    if (event.ctrlKey || event.metaKey || element.firstChild.contains(event.target)) return toggle(row);
    anchor = row;
    if (chosen.has(row)) look(row);
    else choose([row], row);
  }

  function press(event) {
    if (event.target !== grid || !order.length) return;
    const focus = model.get("_focus");
    const here = places.get(focus);
    const page = Math.max(1, Math.floor(sight() / ROW) - 1);
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key];
    if (by !== undefined) {
      const row = order[here === undefined ? 0 : Math.max(0, Math.min(order.length - 1, here + by))];
      if (event.shiftKey) extend(row);
      else look((anchor = row));
    } else if (event.key === " ") {
      if (here !== undefined) toggle(focus);
    } else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) choose(order);
    else if (event.key === "Escape") choose([]);
    else return;
    event.preventDefault();
  }

  body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // marks no text
  body.addEventListener("click", click);
  grid.addEventListener("keydown", press);
  grid.addEventListener("scroll", draw, { passive: true });
  el.addEventListener("keydown", keepKeys);
  field.addEventListener("input", rearrange);
  only.addEventListener("change", rearrange);
  const sizes = new ResizeObserver(focused);
  sizes.observe(grid);

  function focused() {
    reveal();
    draw();
  }

  function dress() {
    grid.style.height = `${model.get("height")}px`;
    grid.setAttribute("aria-label", model.get("label"));
  }

  const heard = {
    "change:_columns": load,
    "change:_rows": () => {
      chosen = new Set(model.get("_rows"));
      if (only.checked) return arrange();
      say();
      draw();
    },
    "change:_focus": focused,
    "change:height change:label": dress,
  };
  for (const [names, hear] of Object.entries(heard)) model.on(names, hear);
  dress();
  load();
  reveal();
  return () => {
    sizes.disconnect();
    for (const [names, hear] of Object.entries(heard)) model.off(names, hear);
  };
}

// A name too long for its column loses its middle: names of one family differ at their ends.
function cutInTheMiddle(box, text) {
  box.classList.add("mer-name");
  box.setAttribute("aria-label", text); // else a screen reader hears two words
  return [make("span", "mer-name-start", text.slice(0, -TAIL)), make("span", "mer-name-end", text.slice(-TAIL))];
}

function cell(role, at) {
  const element = make("div", "mer-table-cell");
  element.setAttribute("role", role);
  element.setAttribute("aria-colindex", at + 1);
  return element;
}

export default { render };
