// A page of thumbnails as buttons, with buttons to turn the page.
function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "mer-clip-strip";
  const bar = document.createElement("div");
  bar.className = "bar";
  const words = document.createElement("span");
  const back = document.createElement("button");
  const next = document.createElement("button");
  back.type = next.type = "button";
  back.textContent = "‹ earlier";
  next.textContent = "later ›";
  bar.append(words, back, next);
  const list = document.createElement("ul");
  list.setAttribute("aria-label", "Pictures of the chosen clips: onset, apex, generated motion");
  root.append(bar, list);
  el.append(root);

  function build() {
    const items = model.get("items"), first = model.get("first"), total = model.get("total");
    words.textContent = total
      ? `Clips ${first + 1} to ${first + items.length} of ${total}: onset, apex, generated motion; true → predicted class.`
      : "No clip to show.";
    back.disabled = first === 0;
    next.disabled = first + items.length >= total;
    list.replaceChildren(
      ...items.map((item) => {
        const entry = document.createElement("li");
        const made = document.createElement("button");
        made.type = "button";
        made.dataset.row = item.row;
        if (item.src) {
          const image = document.createElement("img");
          image.src = item.src;
          image.alt = "";
          made.append(image);
        }
        const verdict = item.right ? "✓" : "✗ wrong:";
        const lines = [["clip", item.clip], ["place", item.place], ["classes", `${verdict} ${item.classes.join(" → ")}`]];
        for (const [kind, words] of lines) {
          const line = document.createElement("span");
          line.className = kind;
          line.textContent = words;
          made.append(line);
        }
        made.classList.toggle("wrong", !item.right);
        const [truth, guess] = item.classes;
        made.title = `${item.place}, ${item.clip}`;
        made.setAttribute(
          "aria-label",
          `${item.place}, ${item.clip}: true ${truth}, predicted ${guess}, ${item.right ? "right" : "wrong"}`,
        );
        entry.append(made);
        return entry;
      }),
    );
    mark();
  }

  function mark() {
    list.querySelectorAll("button").forEach((each) => {
      const here = Number(each.dataset.row) === model.get("focus");
      each.setAttribute("aria-pressed", String(here));
    });
  }

  list.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (target) model.send({ kind: "look", row: Number(target.dataset.row) });
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const all = [...list.querySelectorAll("button")];
    const to = all[all.indexOf(event.target.closest("button")) + step];
    if (to) to.focus();
    event.preventDefault();
    event.stopPropagation();
  });
  back.addEventListener("click", () => model.send({ kind: "page", first: model.get("first") - model.get("step") }));
  next.addEventListener("click", () => model.send({ kind: "page", first: model.get("first") + model.get("step") }));
  ["items", "first", "total"].forEach((name) => model.on(`change:${name}`, build));
  model.on("change:focus", mark);
  build();
}

export default { render };
