// A plotly figure, drawn when plotly's program is there: loaded once a page, from the kernel.

const PATIENCE = 400; // ms between two looks for a program that another figure asked for
let names = 0;

// The program of the page, shared by all figures, whichever asks first.
const shared = (globalThis.merPlotly ??= { module: null });

function initialize({ model }) {
  model.on("msg:custom", (content, buffers) => {
    if (!content?.program || shared.module) return;
    const source = new Blob([buffers[0]], { type: "text/javascript" });
    const address = URL.createObjectURL(source);
    shared.module = import(address).finally(() => URL.revokeObjectURL(address));
  });
}

const inner = new WeakMap(); // model -> plotly's widget of it

async function plotly(model) {
  const module = await shared.module;
  if (!inner.has(model)) {
    const widget = module.default();
    inner.set(model, widget);
    await widget.initialize({ model });
  }
  return inner.get(model);
}

async function render({ model, el }) {
  el.classList.add("mer-plot");
  const waiting = document.createElement("div");
  waiting.className = "mer-plot-waiting";
  waiting.textContent = "The plot is being loaded …";
  const place = document.createElement("div");
  place.className = "mer-plot-place";
  el.append(waiting, place);
  const name = `${Date.now()}-${Math.random()}-${names++}`;
  let gone = false;
  let drawn = false;
  let waits; // what was chosen while the figure was on its way; the last holds
  let clean = () => {};
  // plotly follows the window alone; here columns change without it
  const sizes = new ResizeObserver(() => place._responsiveChartHandler?.());
  const hear = ({ choose }) => {
    if (choose === undefined) return;
    if (drawn) choosePoints(place, choose);
    else waits = { choose };
  };
  model.on("msg:custom", hear);

  async function draw() {
    await new Promise((resolve) => {
      const look = () => {
        if (model.get("_answered") !== name) return;
        model.off("change:_answered", look);
        resolve();
      };
      model.on("change:_answered", look);
      model.send({ view: name, program: !shared.module });
    });
    if (gone) return;
    while (!shared.module && !gone) await new Promise((resolve) => setTimeout(resolve, PATIENCE)); // on its way
    const widget = await plotly(model);
    if (gone) return;
    const remove = await widget.render({ model, el: place });
    if (gone) return remove?.();
    waiting.remove();
    const still = plotRing(model, place);
    clean = () => {
      still();
      remove?.();
    };
    drawn = true;
    if (waits) hear(waits);
    sizes.observe(el);
  }

  draw().catch((error) => {
    waiting.textContent = `The plot could not be loaded (${error.message}). Reload the page.`;
  });
  return () => {
    gone = true;
    model.off("msg:custom", hear);
    sizes.disconnect();
    clean();
  };
}

export default { initialize, render };
