// Shows the bytes of an image. A new image is decoded before it takes the place of the old one: nothing flickers.

const STEP = 0.02; // of the image, one press of an arrow key
const STEPS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

function render({ model, el }) {
  el.classList.add("mer-picture");
  const figure = make("figure");
  const frame = make("div", "mer-picture-frame");
  const cross = make("span", "mer-picture-cross");
  cross.hidden = true;
  const words = make("div", "mer-picture-message");
  words.setAttribute("role", "status");
  const caption = make("figcaption");
  let image = make("img");
  let wanted = 0; // counts the images asked for: one that is decoded late does not replace a newer one
  let broken = false;
  let url = "";
  let point = [0.5, 0.5];
  frame.append(image, cross);
  figure.append(frame, words, caption);
  el.append(figure);

  async function load() {
    const turn = ++wanted;
    const bytes = model.get("image");
    if (!bytes?.byteLength) {
      broken = false;
      return swap(make("img"), "");
    }
    const fresh = URL.createObjectURL(new Blob([bytes], { type: kind(bytes) }));
    const next = make("img");
    next.src = fresh;
    try {
      await next.decode();
      if (turn !== wanted) return URL.revokeObjectURL(fresh);
      broken = false;
      swap(next, fresh);
    } catch {
      URL.revokeObjectURL(fresh);
      if (turn !== wanted) return;
      broken = true;
      dress();
    }
  }

  function swap(next, fresh) {
    image.replaceWith(next);
    if (url) URL.revokeObjectURL(url);
    image = next;
    url = fresh;
    dress();
  }

  function dress() {
    const message = model.get("message") || (broken ? "This picture cannot be shown: its data are damaged." : "");
    if (words.textContent !== message) words.textContent = message;
    image.alt = model.get("alt");
    image.draggable = false;
    frame.hidden = Boolean(message) || !image.src;
    figure.style.setProperty("--mer-width", `${model.get("width")}px`);
    caption.textContent = model.get("caption");
    const clickable = model.get("clickable");
    frame.classList.toggle("mer-clickable", clickable);
    if (clickable) {
      frame.tabIndex = 0;
      frame.setAttribute("role", "group");
      frame.setAttribute("aria-label", "Point at the picture: arrow keys move the cross, Enter sets it");
    } else {
      for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
    }
  }

  function report(x, y) {
    model.set("clicked", [x, y]);
    model.set("clicks", model.get("clicks") + 1);
    model.save_changes();
  }

  function place() {
    cross.style.left = `${100 * point[0]}%`;
    cross.style.top = `${100 * point[1]}%`;
  }

  frame.addEventListener("click", (event) => {
    const box = image.getBoundingClientRect();
    if (!box.width || !box.height) return;
    point = [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
    place();
    report(...point);
  });
  frame.addEventListener("keydown", (event) => {
    if (!model.get("clickable")) return;
    if (event.key in STEPS) {
      const [x, y] = STEPS[event.key];
      point = [inside(point[0] + x), inside(point[1] + y)];
      place();
    } else if (event.key === "Enter" || event.key === " ") {
      report(...point);
    } else return;
    event.preventDefault();
  });
  el.addEventListener("keydown", keepKeys);
  frame.addEventListener("focus", () => {
    cross.hidden = !frame.matches(":focus-visible");
    place();
  });
  frame.addEventListener("blur", () => (cross.hidden = true));

  model.on("change:image", load);
  const names = ["alt", "message", "width", "caption", "clickable"].map((name) => `change:${name}`).join(" ");
  model.on(names, dress);
  dress();
  load();
  return () => {
    wanted += 1;
    model.off("change:image", load);
    model.off(names, dress);
    if (url) URL.revokeObjectURL(url);
  };
}

const inside = (fraction) => Math.min(1, Math.max(0, fraction));

function kind(bytes) {
  const first = new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, 1)[0];
  return first === 0xff ? "image/jpeg" : "image/png";
}

export default { render };
