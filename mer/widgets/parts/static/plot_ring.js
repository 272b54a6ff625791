// A ring around one point of a plot. plotly's own shapes have it draw all its points anew, wherever they are put.

function plotRing(model, gd) {
  const ring = document.createElement("div");
  ring.className = "mer-plot-ring";
  ring.setAttribute("aria-hidden", "true"); // the views around say which clip is looked at
  gd.append(ring);

  function place() {
    const { xaxis, yaxis } = gd._fullLayout;
    const [x, y] = model.get("_ring");
    const left = xaxis.d2p(x);
    const top = yaxis.d2p(y);
    ring.hidden = !(left >= 0 && left <= xaxis._length && top >= 0 && top <= yaxis._length); // neither where there is none
    ring.style.left = `${xaxis._offset + left}px`;
    ring.style.top = `${yaxis._offset + top}px`;
  }

  gd.on("plotly_afterplot", place);
  gd.on("plotly_relayouting", place);
  model.on("change:_ring", place);
  place();
  return () => model.off("change:_ring", place);
}
