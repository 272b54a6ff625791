// A grid of rows to sort, filter and choose from; what is chosen is shared with the other views. Joined with the files
// clip_*.js, a concept each: they share `table`, what the page knows of it.

let tables = 0;

function render({ model, el }) {
  el.classList.add("mer-table");
  const id = `mer-table-${Date.now().toString(36)}-${++tables}`; // each part is a module of its own
  const grid = make("div", "mer-table-grid");
  const head = make("div", "mer-table-head");
  const body = make("div", "mer-table-body");
  for (const [part, role] of [[grid, "grid"], [head, "rowgroup"], [body, "rowgroup"]]) part.setAttribute("role", role);
  grid.tabIndex = 0;
  grid.setAttribute("aria-multiselectable", "true");
  grid.style.setProperty("--mer-row", `${ROW}px`);
  grid.append(head, body);
  const table = {
    model, grid, head, body,
    columns: [],
    order: [], // rows as they are shown: positions in the table
    places: new Map(), // row -> its place in `order`
    chosen: new Set(model.get("_rows")),
    sort: { column: -1, down: false },
  };
  const { bar, field, these, only, counts } = tableBar(id);
  const rows = bodyRows(table, id);
  const choice = rowChoice(table, rows.page);
  const heads = headRow(table, rearrange, choice.all);
  const whole = wholeLine(table);
  el.append(bar, grid, whole.element);
  let texts = null; // made when first searched
  let font = ""; // that the columns were measured with

  function load() {
    table.columns = readColumns(model.get("_columns"));
    texts = null;
    if (table.sort.column >= table.columns.length) table.sort = { column: -1, down: false };
    font = "";
    fit();
    grid.setAttribute("aria-colcount", table.columns.length + 1);
    heads.draw();
    arrange();
  }

  // The widths of the columns; anew when the type is another, which it is not known before the table is in the page.
  function fit() {
    const { fontSize, fontFamily } = getComputedStyle(el);
    if (font === `${fontSize} ${fontFamily}`) return;
    font = `${fontSize} ${fontFamily}`;
    const { tracks, least } = columnTracks(columnNeeds(table.columns, font, model.get("whole"), model.get("least")));
    grid.style.setProperty("--mer-columns", tracks);
    grid.style.setProperty("--mer-least", `${least}px`);
  }

  function arrange() {
    const { columns, chosen, sort } = table;
    const total = model.get("_count");
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (words.length) texts ??= searchTexts(columns, total);
    const order = [];
    for (let row = 0; row < total; row++) {
      if (only.checked && !chosen.has(row)) continue;
      if (words.length && !words.every((word) => texts[row].includes(word))) continue;
      order.push(row);
    }
    if (sort.column >= 0) sortRows(order, columns[sort.column], sort.down);
    table.order = order;
    table.places = new Map(order.map((row, place) => [row, place]));
    grid.setAttribute("aria-rowcount", order.length + 1);
    rows.reset(!total ? "No rows" : only.checked && !chosen.size ? "No row is chosen" : "No row matches");
    say();
    draw();
  }

  function rearrange() {
    grid.scrollTop = 0;
    arrange();
  }

  function say() {
    const number = (count) => count.toLocaleString("en");
    const some = table.chosen.size ? `, ${number(table.chosen.size)} chosen` : "";
    const words = `${number(table.order.length)} of ${number(model.get("_count"))} rows${some}`;
    if (counts.textContent !== words) counts.textContent = words;
    these.disabled = !field.value.trim() || !table.order.length;
    heads.mark();
  }

  function draw() {
    rows.draw();
    whole.draw();
  }

  function focused() {
    rows.reveal();
    draw();
  }

  function resized() {
    fit();
    focused();
  }

  function dress() {
    grid.style.height = `${model.get("height")}px`;
    grid.setAttribute("aria-label", model.get("label"));
  }

  grid.addEventListener("scroll", draw, { passive: true });
  el.addEventListener("keydown", keepKeys);
  field.addEventListener("input", rearrange);
  field.addEventListener("keydown", (event) => event.key === "Enter" && !these.disabled && choice.shown());
  these.addEventListener("click", choice.shown);
  only.addEventListener("change", rearrange);
  const sizes = new ResizeObserver(resized);
  sizes.observe(grid);
  const heard = {
    "change:_columns": load,
    "change:_rows": () => {
      table.chosen = new Set(model.get("_rows"));
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
  rows.reveal();
  return () => {
    sizes.disconnect();
    for (const [names, hear] of Object.entries(heard)) model.off(names, hear);
  };
}

// The line above the grid: words to filter this table by, a button that makes what they find the choice of all views,
// whether only what is chosen is shown, and how many rows there are.
function tableBar(id) {
  const bar = make("div", "mer-table-bar");
  const name = make("label", "", "Filter this table");
  const field = make("input");
  field.type = "search";
  field.placeholder = "any words";
  field.id = name.htmlFor = `${id}-filter`;
  const these = make("button", "mer-table-these", "Choose these");
  these.type = "button";
  these.title = "Choose the rows that the filter shows, in all views (Enter in the field)";
  const only = make("input");
  only.type = "checkbox";
  const onlyName = make("label", "mer-table-only");
  onlyName.append(only, "chosen only");
  const counts = make("span", "mer-table-count");
  counts.setAttribute("role", "status");
  bar.append(name, field, these, onlyName, counts);
  return { bar, field, these, only, counts };
}

export default { render };
