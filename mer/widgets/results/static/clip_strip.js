// A page of thumbnails as buttons, one of them in the tab order; arrow keys walk. Two buttons turn the page.
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
    const held = list.contains(document.activeElement);
    const turned = [back, next].find((each) => each === document.activeElement);
    back.disabled = first === 0;
    next.disabled = first + items.length >= total;
    if (turned && turned.disabled) (turned === back ? next : back).focus(); // or the keyboard would be nowhere
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
        const verdict = item.right ? "✓" : "✗";
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
    if (held) stop().focus();
  }

  const buttons = () => [...list.querySelectorAll("button")];
  const stop = () => buttons().find((each) => each.tabIndex === 0) || next;

  // Make one button the only one in the tab order.
  function stand(here) {
    buttons().forEach((each) => (each.tabIndex = each === here ? 0 : -1));
  }

  function mark() {
    const focus = buttons().find((each) => Number(each.dataset.row) === model.get("focus"));
    buttons().forEach((each) => each.setAttribute("aria-pressed", String(each === focus)));
    if (!list.contains(document.activeElement)) stand(focus || buttons()[0]);
  }

  list.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (target) stand(target);
    if (target) model.send({ kind: "look", row: Number(target.dataset.row) });
  });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    const all = buttons();
    const to = all[Math.max(0, Math.min(all.length - 1, all.indexOf(event.target.closest("button")) + step))];
    stand(to);
    to.focus();
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
