// Counts as a grid of buttons. One of them is in the tab order; arrow keys walk.
function shade(share) {
  // white to a dark blue, by the share of the row
  const from = [247, 251, 255], to = [8, 64, 129];
  return from.map((low, k) => Math.round(low + (to[k] - low) * share));
}

function ink(colour) {
  const [r, g, b] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.2 ? "#111" : "#fff";
}

function button(text, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.tabIndex = -1;
  made.setAttribute("aria-label", label);
  for (const [kind, words] of text) {
    const line = document.createElement("span");
    line.className = kind;
    line.textContent = words;
    made.append(line);
  }
  return made;
}

function cellOf(tag, role, child) {
  const made = document.createElement(tag);
  made.setAttribute("role", role);
  if (child) made.append(child);
  return made;
}

function render({ model, el }) {
  let at = [1, 1]; // line and place of the button in the tab order; line and place 0 are heads
  const root = document.createElement("div");
  root.className = "mer-cell-grid";
  el.append(root);

  function build() {
    const get = (name) => model.get(name);
    const held = root.contains(document.activeElement);
    const counts = get("counts"), chosen = get("chosen"), words = get("words");
    const table = cellOf("table", "grid");
    table.setAttribute("aria-label", get("label"));
    const across = cellOf("tr", "row");
    across.setAttribute("aria-hidden", "true");
    const over = cellOf("td", "presentation");
    over.colSpan = get("columns").length + 1;
    over.className = "title";
    over.textContent = `${get("column_title")} →`;
    across.append(over);
    const top = cellOf("tr", "row");
    const corner = cellOf("td", "presentation");
    corner.className = "title corner";
    corner.textContent = `${get("row_title")} ↓`;
    corner.setAttribute("aria-hidden", "true");
    top.append(corner);
    get("columns").forEach((name, column) => {
      const head = button([["head", name]], `all with ${get("column_title")} ${name}`);
      head.dataset.at = `0,${column + 1}`;
      top.append(cellOf("th", "columnheader", head));
    });
    table.append(across, top);
    get("rows").forEach((name, row) => {
      const line = cellOf("tr", "row");
      const head = button([["head", name]], `all with ${get("row_title")} ${name}`);
      head.dataset.at = `${row + 1},0`;
      line.append(cellOf("th", "rowheader", head));
      const total = counts[row].reduce((sum, value) => sum + value, 0);
      const all = counts.flat().reduce((sum, value) => sum + value, 0);
      counts[row].forEach((count, column) => {
        const share = get("percent") ? (total ? count / total : 0) : all ? count / all : 0;
        const marked = chosen.length ? chosen[row][column] : null;
        const lines = [["count", String(count)]];
        if (get("percent")) lines.push(["percent", total ? `${Math.round(100 * share)} %` : "–"]);
        if (marked) lines.push(["marked", `✓ ${marked}`]);
        const plain = `${get("row_title")} ${name}, ${get("column_title")} ${get("columns")[column]}`;
        const percent = get("percent") && total ? `, ${Math.round(100 * share)} % of the row` : "";
        const picked = marked ? `, ${marked} chosen` : "";
        const cell = button(lines, `${words.length ? words[row][column] : plain}: ${count} clips${percent}${picked}`);
        const colour = shade(share);
        cell.style.background = `rgb(${colour})`;
        cell.style.color = ink(colour);
        cell.className = chosen.length ? (marked ? "cell chosen" : "cell other") : "cell";
        cell.setAttribute("aria-pressed", String(Boolean(marked) && marked === count));
        cell.dataset.at = `${row + 1},${column + 1}`;
        line.append(cellOf("td", "gridcell", cell));
      });
      table.append(line);
    });
    root.replaceChildren(table);
    stand(held);
  }

  function find(place) {
    return root.querySelector(`[data-at="${place.join(",")}"]`);
  }

  function stand(focus) {
    root.querySelectorAll("button").forEach((each) => (each.tabIndex = -1));
    const here = find(at) || root.querySelector("button");
    if (!here) return;
    here.tabIndex = 0;
    if (focus) here.focus();
  }

  function pick(target, add) {
    const [line, place] = target.dataset.at.split(",").map(Number);
    at = [line, place];
    stand(true);
    model.send({ kind: "picked", row: line ? line - 1 : null, column: place ? place - 1 : null, add });
  }

  root.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (target) pick(target, event.ctrlKey || event.metaKey || event.shiftKey);
  });
  root.addEventListener("keydown", (event) => {
    const target = event.target.closest("button");
    const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    if (!target) return;
    if (steps[event.key]) {
      const from = target.dataset.at.split(",").map(Number);
      const to = from.map((value, k) => value + steps[event.key][k]);
      if (find(to)) {
        at = to;
        stand(true);
      }
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === "Enter" || event.key === " ") {
      pick(target, event.ctrlKey || event.metaKey || event.shiftKey);
      event.preventDefault();
      event.stopPropagation(); // the notebook would run the cell on Shift+Enter
    }
  });
  const traits = ["counts", "chosen", "rows", "columns", "row_title", "column_title", "label", "percent", "words"];
  traits.forEach((name) => model.on(`change:${name}`, build));
  build();
  return () => traits.forEach((name) => model.off(`change:${name}`, build));
}

export default { render };
