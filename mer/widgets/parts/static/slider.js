// A native range slider with its name before and its value behind it.

const PAUSE = 60; // ms between two values sent while a hand moves it

function render({ model, el }) {
  el.classList.add("mer-slider");
  const name = make("label");
  const range = make("input");
  const readout = make("output");
  range.type = "range";
  range.id = `mer-slider-${crypto.randomUUID()}`; // each slider has a module of its own: a count would begin anew
  name.htmlFor = range.id;
  readout.htmlFor = range.id;
  readout.setAttribute("aria-live", "off"); // the slider itself says its value
  el.append(name, range, readout);
  let waiting = 0;

  function words(value) {
    const step = model.get("step");
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return model.get("unit").replace("{}", value.toFixed(digits));
  }

  function show() {
    name.textContent = model.get("label");
    range.min = model.get("low");
    range.max = model.get("high");
    range.step = model.get("step");
    range.disabled = model.get("disabled");
    if (!waiting) range.value = model.get("value");
    say();
  }

  function say() {
    readout.textContent = words(range.valueAsNumber);
    range.setAttribute("aria-valuetext", words(range.valueAsNumber));
  }

  function send() {
    waiting = 0;
    if (model.get("value") === range.valueAsNumber) return;
    model.set("value", range.valueAsNumber);
    model.save_changes();
  }

  range.addEventListener("input", () => {
    say();
    if (!waiting) waiting = setTimeout(send, PAUSE);
  });
  range.addEventListener("change", () => {
    clearTimeout(waiting);
    send();
  });
  range.addEventListener("keydown", keepKeys);

  const facts = "change:value change:low change:high change:step change:label change:unit change:disabled";
  model.on(facts, show);
  show();
  return () => {
    clearTimeout(waiting);
    model.off(facts, show);
  };
}

export default { render };
