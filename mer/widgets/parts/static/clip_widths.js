// How wide the columns of a table are: by what they hold, and the line that tells what was cut off.

const LEAST = 88; // px down to which a column of text is cut before the table is scrolled sideways
const TICK = 32; // px of the boxes to tick
const PADDING = 17; // px beside the text of a cell
const ARROW = 16; // px of a sorted column's sign
const SIGN = 18; // px of a flag's sign

// Of each column the room in px to show all it holds, `need`, and how far it may shrink, `least`: text down to LEAST, or
// to what `leasts` has for its heading, but not below the heading; numbers, and headings in `whole`, not at all.
function columnNeeds(columns, font, whole, leasts) {
  const pen = document.createElement("canvas").getContext("2d");
  const width = (text, weight) => {
    pen.font = `${weight} ${font}`;
    return pen.measureText(text).width;
  };
  return columns.map(({ texts, title, kind }) => {
    const longest = texts.reduce((most, text) => (text.length > most.length ? text : most), "");
    const held = width(longest, 400) * 1.04 + (kind === "flag" ? SIGN : 0); // others as long may be a little wider
    const heading = width(title, 600);
    const need = Math.ceil(Math.max(held, heading + ARROW) + PADDING);
    if (kind !== "text") return { need, least: need };
    if (whole.includes(title)) return { need, least: Math.ceil(Math.max(held, heading) + PADDING) };
    return { need, least: Math.min(need, Math.max(leasts[title] ?? LEAST, Math.ceil(heading + PADDING))) };
  });
}

// Tracks of the grid, which share what room there is, and the width below which it is scrolled sideways.
function columnTracks(needs) {
  return {
    tracks: `${TICK}px ${needs.map(({ need, least }) => `minmax(${least}px, ${need}fr)`).join(" ")}`,
    least: TICK + needs.reduce((sum, { least }) => sum + least, 0),
  };
}

// A line below the table that has the whole texts of the row under the mouse, or else of the row looked at, where they
// are cut off or out of sight. Not for screen readers: they are read the cells, which are whole.
function wholeLine(table) {
  const element = make("div", "mer-table-whole");
  element.setAttribute("aria-hidden", "true");
  let under = null;

  function hidden(cell, right) {
    return isCut(cell) || cell.getBoundingClientRect().right > right + 1;
  }

  function draw() {
    const { grid, columns } = table;
    const row = under?.isConnected ? under : grid.querySelector(".mer-focus");
    const right = grid.getBoundingClientRect().left + grid.clientLeft + grid.clientWidth;
    const cells = row ? [...row.children].slice(1) : [];
    const cut = cells.flatMap((cell, at) => (cell.textContent && hidden(cell, right) ? [[at, cell]] : []));
    element.replaceChildren(
      ...cut.map(([at, cell]) => {
        const part = make("span");
        part.append(make("b", "", columns[at].title), ` ${cell.textContent}`);
        return part;
      }),
    );
    element.hidden = !tight(); // it keeps its place while rows are walked through of which some are cut
  }

  function tight() {
    const { grid, body } = table;
    if (grid.scrollWidth > grid.clientWidth) return true;
    return [...body.querySelectorAll(".mer-table-cell")].some(isCut);
  }

  function isCut(cell) {
    return [cell, ...cell.querySelectorAll(".mer-name-start")].some((part) => part.scrollWidth > part.clientWidth);
  }

  table.body.addEventListener("pointerover", (event) => {
    under = event.target.closest("[data-row]");
    draw();
  });
  table.body.addEventListener("pointerleave", () => {
    under = null;
    draw();
  });
  return { element, draw };
}
