// Marks above the track of a timeline: a flag each, on a lane of its own, with its own shape and name. Joined with
// timeline.js, which shows them.

const PAGE = 10; // frames, PageUp and PageDown
const THUMB = 16; // width of the slider's thumb, CSS px, as the style sheet has it
const SHAPES = {
  onset: '<path d="M3 1.5 11 6 3 10.5z"/>',
  apex: '<path d="M6 .5 11.5 6 6 11.5.5 6z"/>',
  offset: '<path d="M9 1.5 1 6l8 4.5z"/>',
};
const OTHER = '<circle cx="6" cy="6" r="4.5"/>';
const isKnown = (frame) => frame !== null && frame !== undefined;

// `look(frame)` shows a frame; `changed()` is called when the marks moved while they are dragged.
function marksAbove(model, look, changed) {
  const element = make("div", "mer-timeline-flags");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Marks");
  let dragged = null; // the marks while one of them is dragged
  let built = ""; // what the flags in the page were built for
  let flags = new Map(); // name -> its flag

  const all = () => dragged ?? model.get("marks");

  function redraw() {
    const names = Object.keys(all());
    const editable = model.get("editable") && !model.get("disabled");
    const wanted = JSON.stringify([editable, model.get("disabled"), names.map((name) => [name, isKnown(all()[name])])]);
    if (wanted !== built) {
      const seat = element.contains(document.activeElement) ? document.activeElement.dataset.mark : "";
      built = wanted;
      flags = new Map(names.map((name) => [name, flag(name, editable)]));
      element.replaceChildren(...flags.values());
      element.hidden = !names.length;
      element.style.setProperty("--mer-lanes", names.length);
      flags.get(seat)?.focus();
    }
    names.forEach(place);
  }

  function flag(name, editable) {
    const known = isKnown(all()[name]);
    const slider = known && editable;
    const mark = make(slider ? "div" : "button", `mer-flag mer-${known ? "set" : "unset"}`);
    mark.dataset.mark = name;
    mark.dataset.kind = name in SHAPES ? name : "other";
    const label = make("span", "mer-flag-label");
    label.innerHTML = `<svg viewBox="0 0 12 12" aria-hidden="true">${SHAPES[name] ?? OTHER}</svg><span></span>`;
    mark.append(label);
    if (slider) {
      mark.tabIndex = 0;
      mark.setAttribute("role", "slider");
      mark.setAttribute("aria-label", name);
      mark.setAttribute("aria-orientation", "horizontal");
      mark.title = `${name}: drag, or use the arrow keys`;
      mark.addEventListener("keydown", (event) => press(event, name));
      mark.addEventListener("pointerdown", (event) => drag(event, name, mark));
    } else {
      mark.type = "button";
      mark.disabled = model.get("disabled") || (!known && !editable);
      mark.addEventListener("click", () => (known ? look(all()[name]) : put(name, model.get("value"))));
    }
    return mark;
  }

  function place(name, lane) {
    const { first, last } = frames(model);
    const mark = flags.get(name);
    const at = all()[name];
    const share = isKnown(at) && last > first ? (Math.min(last, Math.max(first, at)) - first) / (last - first) : 0;
    mark.style.setProperty("--mer-at", share);
    mark.style.setProperty("--mer-lane", lane);
    mark.classList.toggle("mer-left", share > 0.5);
    const unset = model.get("editable") ? `set ${name} here` : `${name} not known`;
    mark.querySelector("span > span").textContent = isKnown(at) ? `${name} ${at}` : unset;
    if (mark.getAttribute("role") === "slider") {
      const [low, high] = room(name);
      const facts = { valuenow: at, valuemin: low, valuemax: high, valuetext: `frame ${at}` };
      for (const [key, value] of Object.entries(facts)) mark.setAttribute(`aria-${key}`, value);
    } else if (isKnown(at)) mark.title = `Go to ${name}, frame ${at}`;
  }

  // Lowest and highest frame at which a mark can be: between its neighbours.
  function room(name) {
    const { first, last } = frames(model);
    const names = Object.keys(all());
    const of = (some) => some.map((one) => all()[one]).filter(isKnown);
    const at = names.indexOf(name);
    return [Math.max(first, ...of(names.slice(0, at))), Math.min(last, ...of(names.slice(at + 1)))];
  }

  function fit(name, frame) {
    const [low, high] = room(name);
    return Math.max(low, Math.min(high, frame));
  }

  function put(name, frame) {
    const to = fit(name, frame);
    model.set("marks", { ...model.get("marks"), [name]: to });
    look(to);
  }

  function press(event, name) {
    const at = all()[name];
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
    }[event.key];
    if (event.key === "Enter" || event.key === " ") look(at);
    else if (to !== undefined) put(name, to);
    else return;
    event.preventDefault();
  }

  function drag(event, name, mark) {
    if (event.button !== 0) return;
    event.preventDefault();
    mark.focus();
    mark.setPointerCapture(event.pointerId);
    const from = all()[name];
    const { first, last } = frames(model);
    const pace = (last - first) / Math.max(1, element.getBoundingClientRect().width - THUMB); // frames a pixel
    const move = ({ clientX }) => {
      const to = fit(name, Math.round(from + (clientX - event.clientX) * pace));
      if (to === all()[name]) return;
      dragged = { ...all(), [name]: to };
      look(to);
      redraw();
      changed();
    };
    const end = ({ type }) => {
      mark.removeEventListener("pointermove", move);
      const result = dragged;
      dragged = null;
      if (type === "pointerup" && result) {
        model.set("marks", result);
        model.save_changes();
      } else if (type === "pointerup") look(from);
      redraw();
      changed();
    };
    mark.addEventListener("pointermove", move);
    for (const kind of ["pointerup", "pointercancel"]) mark.addEventListener(kind, end, { once: true });
  }

  // Names of the marks at a frame, "" for none.
  const at = (frame) =>
    Object.keys(all())
      .filter((name) => all()[name] === frame)
      .join(", ");

  return { element, redraw, at };
}
