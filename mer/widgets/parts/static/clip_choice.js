// How rows of a table are chosen and looked at, by mouse and by keyboard.

function rowChoice(table, page) {
  const { model, grid } = table;
  let anchor = -1; // row from which Shift extends

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
    const { chosen } = table;
    anchor = row;
    choose(chosen.has(row) ? [...chosen].filter((other) => other !== row) : [...chosen, row], row);
  }

  function extend(row) {
    const { places, order } = table;
    if (!places.has(anchor)) anchor = places.has(model.get("_focus")) ? model.get("_focus") : row;
    const ends = [places.get(anchor), places.get(row)];
    choose(order.slice(Math.min(...ends), Math.max(...ends) + 1), row);
  }

  function click(event) {
    const element = event.target.closest("[data-row]");
    if (!element) return;
    const row = Number(element.dataset.row);
    grid.focus({ preventScroll: true });
    if (event.shiftKey) return extend(row);
    if (event.ctrlKey || event.metaKey || element.firstChild.contains(event.target)) return toggle(row);
    anchor = row;
    if (table.chosen.has(row)) look(row);
    else choose([row], row);
  }

  function press(event) {
    const { order, places } = table;
    if (event.target !== grid || !order.length) return;
    const focus = model.get("_focus");
    const here = places.get(focus);
    const by = { ArrowUp: -1, ArrowDown: 1, PageUp: -page(), PageDown: page(), Home: -Infinity, End: Infinity }[
      event.key
    ];
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

  grid.addEventListener("keydown", press);
  table.body.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // marks no text
  table.body.addEventListener("click", click);
  return {
    all: () => choose(allChosen(table) ? [] : [...table.chosen, ...table.order]),
    shown: () => table.order.length && choose(table.order), // in place of what was chosen
  };
}
