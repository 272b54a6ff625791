// Which points of a plot are drawn in full, the others faint. plotly computes and draws the whole figure anew for that;
// here the card draws once what it already has, which takes a tenth of the time. This stands on parts of plotly that it
// does not describe: in a figure of another kind, or where one of them is no longer there, plotly does it itself.

// Of the first trace; `rows` is null where nothing is chosen, and all points are drawn in full.
function choosePoints(gd, rows) {
  const scene = soleScene(gd);
  if (!scene) return globalThis.Plotly.restyle(gd, { selectedpoints: [rows] }, [0]);
  const before = scene.unselectBatch[0].length > 0;
  const chosen = new Set(rows ?? []);
  const others = [];
  if (rows) for (let row = 0; row < gd._fullData[0]._length; row++) if (!chosen.has(row)) others.push(row);
  scene.selectBatch[0] = rows ?? [];
  scene.unselectBatch[0] = others;
  const after = others.length > 0;
  if (before !== after) scene.scatter2d.update([after ? scene.markerUnselectedOptions[0] : scene.markerOptions[0]]);
  gd._fullLayout._glcanvas.each((canvas) => canvas.regl?.clear({ color: true, depth: true }));
  scene.draw();
  for (const trace of [gd.data[0], gd._fullData[0]]) {
    if (rows) trace.selectedpoints = rows;
    else delete trace.selectedpoints;
  }
}

// What draws the points, if they are those of the only trace on the graphics card and plotly is ready to mark some.
function soleScene(gd) {
  const layout = gd._fullLayout;
  const scene = layout?._plots?.xy?._scene;
  const ready = scene?.count === 1 && scene.select2d && scene.scatter2d?.update && scene.markerUnselectedOptions?.[0];
  const known = Array.isArray(scene?.selectBatch) && Array.isArray(scene?.unselectBatch) && layout._glcanvas?.each;
  return ready && known && gd._fullData[0].type === "scattergl" && typeof scene.draw === "function" ? scene : null;
}
