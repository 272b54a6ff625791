// A native range slider over frame numbers, which plays.

const PATIENCE = 500; // ms that playing waits for the view to have drawn a frame
const SIGNS = {
  previous: '<path d="M11 3 5 8l6 5zM3 3h2v10H3z"/>',
  play: '<path d="M4 2.5 13 8l-9 5.5z"/>',
  pause: '<path d="M4 3h3v10H4zM9 3h3v10H9z"/>',
  next: '<path d="M5 3l6 5-6 5zM11 3h2v10h-2z"/>',
};

function render({ model, el }) {
  el.classList.add("mer-timeline");
  el.dataset.key = model.get("_key");
  const previous = button("previous", "Previous frame", () => step(-1));
  const playing = button("play", "Play", toggle);
  const next = button("next", "Next frame", () => step(1));
  const buttons = make("div", "mer-timeline-buttons");
  buttons.append(previous, playing, next);
  const range = make("input");
  range.type = "range";
  range.step = 1;
  const marks = marksAbove(model, (frame) => go(model, frame, true), show);
  const track = make("div", "mer-timeline-track");
  track.append(marks.element, range);
  const readout = make("div", "mer-timeline-readout");
  const number = make("strong");
  const among = make("span");
  const name = make("em");
  readout.append(number, among, name);
  el.append(buttons, track, readout);
  let turn = 0; // counts the plays: an older one ends when a newer begins

  function show() {
    const { first, last, value } = frames(model);
    const idle = model.get("disabled") || last <= first;
    const here = marks.at(value);
    range.min = first;
    range.max = last;
    range.value = value;
    range.disabled = idle;
    range.setAttribute("aria-label", model.get("label"));
    range.setAttribute("aria-valuetext", here ? `frame ${value}, ${here}` : `frame ${value}`);
    range.style.setProperty("--mer-done", last > first ? (value - first) / (last - first) : 0);
    face(playing, ...(model.get("playing") ? ["pause", "Pause"] : ["play", "Play"]));
    playing.disabled = idle;
    // A disabled button loses the focus: at the ends these two only say so.
    for (const [one, end] of [[previous, first], [next, last]]) {
      one.disabled = idle;
      one.setAttribute("aria-disabled", value === end);
    }
    number.textContent = value;
    among.textContent = ` of ${first} to ${last}`;
    name.textContent = here;
  }

  async function play() {
    const mine = ++turn;
    let begun = false;
    while (mine === turn && model.get("playing")) {
      if (!leads()) {
        await wait(PATIENCE); // not in the page, or another view of this timeline plays
        continue;
      }
      const { first, last, value } = frames(model);
      const end = value >= last;
      if (last <= first || model.get("disabled") || (end && begun && !model.get("loop"))) {
        model.set("playing", false);
        model.save_changes();
        return;
      }
      begun = true;
      go(model, end ? first : value + 1, false);
      await Promise.all([wait(model.get("step_ms")), seen(model)]);
    }
  }

  const leads = () => document.querySelector(`.mer-timeline[data-key="${el.dataset.key}"]`) === el;

  function step(by) {
    const { first, last, value } = frames(model);
    go(model, Math.max(first, Math.min(last, value + by)), true);
  }

  function toggle() {
    model.set("playing", !model.get("playing"));
    model.save_changes();
  }

  range.addEventListener("input", () => go(model, range.valueAsNumber, true));
  range.addEventListener("keydown", (event) => {
    if (event.key === " ") toggle();
    else if (event.key === "PageUp") step(PAGE);
    else if (event.key === "PageDown") step(-PAGE);
    else return;
    event.preventDefault();
  });
  el.addEventListener("keydown", keepKeys);

  const redraw = () => {
    marks.redraw();
    show();
  };
  const heard = {
    "change:first change:last change:marks change:editable change:disabled change:label": redraw,
    "change:value": show,
    "change:playing": () => {
      show();
      play();
    },
  };
  for (const [names, hear] of Object.entries(heard)) model.on(names, hear);
  redraw();
  play();
  return () => {
    turn += 1;
    for (const [names, hear] of Object.entries(heard)) model.off(names, hear);
  };
}

function frames(model) {
  const first = model.get("first");
  const last = Math.max(first, model.get("last"));
  return { first, last, value: Math.min(last, Math.max(first, model.get("value"))) };
}

function go(model, frame, byHand) {
  if (byHand && model.get("playing")) model.set("playing", false);
  if (frame !== model.get("value")) model.set("drawn", null);
  model.set("value", frame);
  model.save_changes();
}

// Resolves when the view has drawn the frame that is asked for, or after a while.
function seen(model) {
  return new Promise((resolve) => {
    const look = () => model.get("drawn") === model.get("value") && done();
    const limit = setTimeout(done, PATIENCE);
    model.on("change:drawn", look);
    look();
    function done() {
      clearTimeout(limit);
      model.off("change:drawn", look);
      resolve();
    }
  });
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function button(sign, words, act) {
  const element = make("button");
  element.type = "button";
  face(element, sign, words);
  element.addEventListener("click", act);
  return element;
}

function face(element, sign, words) {
  if (element.dataset.sign === sign) return;
  element.dataset.sign = sign;
  element.title = words;
  element.setAttribute("aria-label", words);
  element.innerHTML = `<svg viewBox="0 0 16 16" aria-hidden="true">${SIGNS[sign]}</svg>`;
}

export default { render };
