// Lines against a step, drawn as SVG from the model's state alone: whenever it changes, and whenever the width does.

const SPACE = { left: 58, right: 14, top: 50, bottom: 62 };
const SVG = "http://www.w3.org/2000/svg";

function render({ model, el }) {
  el.classList.add("mer-live-plot");
  const draw = () => {
    const width = Math.max(320, el.clientWidth || 640);
    el.replaceChildren(picture(model.get("curves"), width, model.get("height")));
  };
  const watch = new ResizeObserver(draw);
  watch.observe(el);
  model.on("change:curves", draw);
  model.on("change:height", draw);
  draw();
  return () => watch.disconnect();
}

function picture(curves, width, height) {
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
  const lines = curves.lines ?? [];
  svg.setAttribute("aria-label", [curves.run, curves.title, curves.words].filter(Boolean).join(". "));
  svg.append(text(curves.title ?? "", width / 2, 16, "middle", "mer-live-title"));
  const xs = lines.flatMap((line) => line.x);
  const ys = lines.flatMap((line) => line.y);
  if (!xs.length) return svg;
  const logarithmic = least(ys) > 0 && most(ys) > 50 * least(ys);
  const across = scale([0, most(xs)], SPACE.left, width - SPACE.right, false);
  const up = scale([least(ys), most(ys)], height - SPACE.bottom, SPACE.top, logarithmic);
  for (const at of up.ticks) {
    svg.append(make("line", { x1: SPACE.left, x2: width - SPACE.right, y1: up.to(at), y2: up.to(at), class: "mer-live-grid" }));
    svg.append(text(number(at), SPACE.left - 6, up.to(at) + 4, "end"));
  }
  for (const at of across.ticks) svg.append(text(number(at), across.to(at), height - SPACE.bottom + 16, "middle"));
  svg.append(text(`${curves.up}${logarithmic ? ", logarithmic" : ""}`, 8, SPACE.top - 14, "start", "mer-live-axis"));
  svg.append(text(curves.across, (SPACE.left + width - SPACE.right) / 2, height - SPACE.bottom + 32, "middle", "mer-live-axis"));
  for (const [name, begin] of curves.begins ?? []) {
    const x = across.to(begin);
    if (begin) svg.append(make("line", { x1: x, x2: x, y1: SPACE.top, y2: height - SPACE.bottom, class: "mer-live-phase" }));
    svg.append(text(name, x + 4, SPACE.top + 10, "start"));
  }
  for (const line of lines) svg.append(curve(line, across, up));
  svg.append(legend(curves, lines, width, height));
  return svg;
}

function curve(line, across, up) {
  const group = make("g", { class: line.colour ? "mer-live-line" : "mer-live-finished" });
  const points = line.x.map((x, at) => [across.to(x), up.to(line.y[at])]);
  const path = make("polyline", { points: points.map((point) => point.join(",")).join(" "), fill: "none" });
  if (line.colour) path.setAttribute("stroke", line.colour);
  group.append(path);
  if (!line.colour) return group;
  points.forEach(([x, y], at) => {
    const point = mark(line.mark, x, y, line.colour);
    const tip = make("title");
    tip.textContent = `${line.name}, step ${line.x[at]}: ${line.y[at].toPrecision(4)}`;
    point.append(tip);
    group.append(point);
  });
  return group;
}

function mark(kind, x, y, fill) {
  const r = 3.2;
  if (kind === "square") return make("rect", { x: x - r, y: y - r, width: 2 * r, height: 2 * r, fill, class: "mer-live-mark" });
  const shapes = { diamond: [[0, -1.4], [1.4, 0], [0, 1.4], [-1.4, 0]], triangle: [[0, -1.3], [1.2, 1], [-1.2, 1]] };
  if (!shapes[kind]) return make("circle", { cx: x, cy: y, r, fill, class: "mer-live-mark" });
  const points = shapes[kind].map(([dx, dy]) => `${x + r * dx},${y + r * dy}`).join(" ");
  return make("polygon", { points, fill, class: "mer-live-mark" });
}

function legend(curves, lines, width, height) {
  const group = make("g");
  const named = lines.filter((line) => line.colour);
  const entries = named.slice(0, 6).map((line) => [line.name, line]);
  if (named.length > 6) entries.push([`and ${named.length - 6} more`, null]);
  if (curves.finished) entries.push([`${curves.finished} (grey)`, null]);
  let x = SPACE.left;
  for (const [name, line] of entries) {
    if (line) group.append(mark(line.mark, x + 4, height - 12, line.colour));
    group.append(text(name, x + (line ? 12 : 0), height - 8, "start"));
    x += 26 + 6.6 * name.length;
    if (x > width - 90) break;
  }
  return group;
}

// Where a value stands, and round values to write beside the axis.
function scale([low, high], from, to, logarithmic) {
  const way = logarithmic ? Math.log10 : (value) => value;
  if (low === high) [low, high] = logarithmic ? [low / 2, high * 2] : [low - Math.abs(low || 1) / 2, high + Math.abs(high || 1) / 2];
  const place = (value) => from + ((way(value) - way(low)) / (way(high) - way(low))) * (to - from);
  const ticks = [];
  if (logarithmic) {
    for (let power = Math.floor(way(low)); power <= way(high); power++) {
      for (const digit of [1, 3]) {
        const value = digit * 10 ** power;
        if (value >= low && value <= high) ticks.push(value);
      }
    }
  } else {
    const rough = (high - low) / 4;
    const ten = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * ten).find((size) => size >= rough);
    for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) ticks.push(value);
  }
  return { to: place, ticks };
}

const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const number = (value) => (Math.abs(value) >= 1e4 || (value && Math.abs(value) < 1e-3) ? value.toExponential(0) : String(+value.toPrecision(3)));

function text(words, x, y, anchor, kind = "") {
  const node = make("text", { x, y, "text-anchor": anchor, class: kind });
  node.textContent = words;
  return node;
}

function make(name, attributes = {}) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

export default { render };
