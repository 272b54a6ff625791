// A native range slider over frame numbers, which plays, with marks above the track.

const PATIENCE = 500; // ms that playing waits for the view to have drawn a frame
const PAGE = 10; // frames, PageUp and PageDown
const SHAPES = {
  onset: '<path d="M3 1.5 11 6 3 10.5z"/>',
  apex: '<path d="M6 .5 11.5 6 6 11.5.5 6z"/>',
  offset: '<path d="M9 1.5 1 6l8 4.5z"/>',
};
const OTHER = '<circle cx="6" cy="6" r="4.5"/>';
const SIGNS = {
  previous: '<path d="M11 3 5 8l6 5zM3 3h2v10H3z"/>',
  play: '<path d="M4 2.5 13 8l-9 5.5z"/>',
  pause: '<path d="M4 3h3v10H4zM9 3h3v10H9z"/>',
  next: '<path d="M5 3l6 5-6 5zM11 3h2v10h-2z"/>',
};

function render({ model, el }) {
  el.classList.add("mer-timeline");
  el.dataset.key = model.get("_key");
  const buttons = make("div", "mer-timeline-buttons");
  const previous = button("previous", "Previous frame", () => step(-1));
  const playing = button("play", "Play", toggle);
  const next = button("next", "Next frame", () => step(1));
  buttons.append(previous, playing, next);
  const track = make("div", "mer-timeline-track");
  const flags = make("div", "mer-timeline-flags");
  flags.setAttribute("role", "group");
  const range = make("input");
  range.type = "range";
  range.step = 1;
  track.append(flags, range);
  const readout = make("div", "mer-timeline-readout");
  el.append(buttons, track, readout);
  let moved = null; // marks while one of them is dragged
  let turn = 0; // counts the plays: an older one ends when a newer begins
  let seat = ""; // name of the mark that has the focus, which a redraw must give back

  const marks = () => moved ?? model.get("marks");

  function show() {
    const { first, last, value } = state(model);
    const idle = model.get("disabled") || last <= first;
    range.min = first;
    range.max = Math.max(first, last);
    range.value = value;
    range.disabled = idle;
    range.setAttribute("aria-label", model.get("label"));
    range.setAttribute("aria-valuetext", spoken(value));
    range.style.setProperty("--mer-done", last > first ? (value - first) / (last - first) : 0);
    const on = model.get("playing");
    face(playing, on ? "pause" : "play", on ? "Pause" : "Play");
    playing.disabled = idle;
    previous.disabled = idle || value <= first;
    next.disabled = idle || value >= last;
    const here = named(value);
    const number = make("strong");
    number.textContent = value;
    const among = make("span");
    among.textContent = ` of ${first} to ${last}`;
    const what = make("em");
    what.textContent = here;
    readout.replaceChildren(number, among, what);
  }

  function named(frame) {
    return Object.entries(marks())
      .filter(([, at]) => at === frame)
      .map(([name]) => name)
      .join(", ");
  }

  function spoken(frame) {
    const names = named(frame);
    return names ? `frame ${frame}, ${names}` : `frame ${frame}`;
  }

  function plant() {
    const { first, last } = state(model);
    const editable = model.get("editable") && !model.get("disabled");
    const names = Object.keys(marks());
    flags.setAttribute("aria-label", "Marks");
    flags.style.setProperty("--mer-lanes", names.length);
    flags.hidden = !names.length;
    flags.replaceChildren(...names.map((name, lane) => flag(name, lane, first, last, editable)));
    if (seat) flags.querySelector(`[data-mark="${CSS.escape(seat)}"]`)?.focus();
  }

  function flag(name, lane, first, last, editable) {
    const at = marks()[name];
    const known = at !== null && at !== undefined;
    const spot = known ? Math.min(last, Math.max(first, at)) : first;
    const share = last > first ? (spot - first) / (last - first) : 0;
    const mark = make(known && editable ? "div" : "button", `mer-flag mer-${known ? "set" : "unset"}`);
    mark.dataset.mark = name;
    mark.dataset.kind = name in SHAPES ? name : "other";
    mark.style.setProperty("--mer-at", share);
    mark.style.setProperty("--mer-lane", lane);
    mark.classList.toggle("mer-left", known && share > 0.5);
    const label = make("span", "mer-flag-label");
    label.innerHTML = `<svg viewBox="0 0 12 12" aria-hidden="true">${SHAPES[name] ?? OTHER}</svg>`;
    label.append(known ? `${name} ${at}` : editable ? `set ${name} here` : `${name} not known`);
    mark.append(label);
    if (!known) {
      mark.type = "button";
      mark.disabled = !editable;
      mark.addEventListener("click", () => put(name, model.get("value")));
    } else if (!editable) {
      mark.type = "button";
      mark.title = `Go to ${name}, frame ${at}`;
      mark.setAttribute("aria-label", `Go to ${name}, frame ${at}`);
      mark.disabled = model.get("disabled");
      mark.addEventListener("click", () => go(model, at, true));
    } else {
      const [low, high] = room(name);
      mark.tabIndex = 0;
      mark.setAttribute("role", "slider");
      for (const [key, value] of Object.entries({
        label: name,
        valuenow: at,
        valuemin: low,
        valuemax: high,
        valuetext: `frame ${at}`,
        orientation: "horizontal",
      }))
        mark.setAttribute(`aria-${key}`, value);
      mark.title = `${name}: drag, or use the arrow keys`;
      mark.addEventListener("keydown", (event) => pressed(event, name));
      mark.addEventListener("pointerdown", (event) => drag(event, name, mark));
      mark.addEventListener("focus", () => (seat = name));
      mark.addEventListener("blur", () => mark.isConnected && (seat = ""));
    }
    return mark;
  }

  function room(name) {
    const { first, last } = state(model);
    const names = Object.keys(marks());
    const at = names.indexOf(name);
    const known = (some) => some.map((one) => marks()[one]).filter((frame) => frame !== null && frame !== undefined);
    return [Math.max(first, ...known(names.slice(0, at))), Math.min(last, ...known(names.slice(at + 1)))];
  }

  function fit(name, frame) {
    const [low, high] = room(name);
    return Math.max(low, Math.min(high, frame));
  }

  function put(name, frame) {
    const to = fit(name, frame);
    seat = name;
    model.set("marks", { ...model.get("marks"), [name]: to });
    go(model, to, true);
  }

  function pressed(event, name) {
    const at = marks()[name];
    const [low, high] = room(name);
    const to = {
      ArrowLeft: at - 1,
      ArrowDown: at - 1,
      ArrowRight: at + 1,
      ArrowUp: at + 1,
      PageDown: at - PAGE,
      PageUp: at + PAGE,
      Home: low,
      End: high,
      Enter: at,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") go(model, at, true);
    else put(name, to);
  }

  function drag(event, name, mark) {
    if (event.button !== 0) return;
    event.preventDefault();
    mark.focus();
    const start = event.clientX;
    const from = marks()[name];
    const { first, last } = state(model);
    const frames = (last - first) / Math.max(1, range.getBoundingClientRect().width - 16);
    const follow = ({ clientX }) => {
      const to = fit(name, Math.round(from + (clientX - start) * frames));
      if (to === marks()[name]) return;
      moved = { ...marks(), [name]: to };
      go(model, to, true);
      plant();
    };
    const end = (last) => {
      for (const kind of ["pointermove", "pointerup", "pointercancel"]) removeEventListener(kind, hears[kind]);
      const result = moved;
      moved = null;
      if (last.type === "pointerup" && result) {
        model.set("marks", result);
        model.save_changes();
      } else {
        if (last.type === "pointerup") go(model, from, true);
        plant();
        show();
      }
    };
    const hears = { pointermove: follow, pointerup: end, pointercancel: end };
    for (const [kind, hear] of Object.entries(hears)) addEventListener(kind, hear);
  }

  async function play() {
    const mine = ++turn;
    while (mine === turn && model.get("playing")) {
      if (!leads()) {
        await wait(PATIENCE); // out of the page, or another view of this timeline plays
        continue;
      }
      const { first, last, value } = state(model);
      const end = value >= last;
      if (last <= first || model.get("disabled") || (end && !model.get("loop"))) {
        model.set("playing", false);
        model.save_changes();
        return;
      }
      go(model, end ? first : value + 1, false);
      await Promise.all([wait(model.get("step_ms")), seen(model)]);
    }
  }

  const leads = () => document.querySelector(`.mer-timeline[data-key="${el.dataset.key}"]`) === el;

  function step(by) {
    const { first, last, value } = state(model);
    go(model, Math.max(first, Math.min(last, value + by)), true);
  }

  function toggle() {
    model.set("playing", !model.get("playing"));
    model.save_changes();
  }

  range.addEventListener("input", () => go(model, range.valueAsNumber, true));
  range.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === " ") {
      event.preventDefault();
      toggle();
    }
    if (event.key === "PageUp" || event.key === "PageDown") {
      event.preventDefault();
      step(event.key === "PageUp" ? PAGE : -PAGE);
    }
  });

  const redraw = () => {
    if (!moved) plant();
    show();
  };
  const facts = "change:first change:last change:marks change:editable change:disabled change:label";
  model.on(facts, redraw);
  model.on("change:value change:playing", show);
  model.on("change:playing", play);
  redraw();
  play();
  return () => {
    turn += 1;
    model.off(facts, redraw);
    model.off("change:value change:playing", show);
    model.off("change:playing", play);
  };
}

function state(model) {
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

function seen(model) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(limit);
      model.off("change:drawn", look);
      resolve();
    };
    const look = () => model.get("drawn") === model.get("value") && done();
    const limit = setTimeout(done, PATIENCE);
    model.on("change:drawn", look);
    look();
  });
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function make(tag, name = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  return element;
}

function button(sign, words, act) {
  const element = make("button");
  element.type = "button";
  face(element, sign, words);
  element.addEventListener("click", act);
  element.addEventListener("keydown", (event) => event.stopPropagation());
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
