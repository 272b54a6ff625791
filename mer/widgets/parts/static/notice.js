// A live region for each urgency, both in the page from the start: a region that appears with its words is not read.

const SIGNS = {
  info: '<circle cx="8" cy="8" r="6.5"/><path d="M8 7.2v4M8 4.6v.2"/>',
  warning: '<path d="M8 1.8 15 14H1z"/><path d="M8 6.2v3.6M8 11.8v.2"/>',
  error: '<path d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2z"/><path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8"/>',
};
const NAMES = { info: "Note", warning: "Warning", error: "Error" };

function render({ model, el }) {
  el.classList.add("mer-notice");
  keepKeysOfOutput(el); // every view has a notice
  const regions = { status: make("div"), alert: make("div") };
  for (const [role, region] of Object.entries(regions)) {
    region.setAttribute("role", role);
    el.append(region);
  }

  function show() {
    const kind = model.get("kind");
    const text = model.get("text");
    const chosen = kind === "error" ? regions.alert : regions.status;
    for (const region of Object.values(regions)) if (region !== chosen || !text) region.replaceChildren();
    if (!text) return;
    const sign = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    sign.setAttribute("viewBox", "0 0 16 16");
    sign.setAttribute("aria-hidden", "true");
    sign.innerHTML = SIGNS[kind];
    const words = make("span");
    words.append(make("strong", "", `${NAMES[kind]}: `), text);
    const box = make("div", `mer-notice-box mer-${kind}`);
    box.append(sign, words);
    chosen.replaceChildren(box);
  }

  model.on("change:text change:kind", show);
  show();
  return () => model.off("change:text change:kind", show);
}

export default { render };
