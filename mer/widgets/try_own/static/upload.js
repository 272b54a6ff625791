// A file field that sends what is chosen to the kernel piece by piece: one message of a large file would be cut off.

const PIECE = 1 << 20; // bytes of one message
const AHEAD = 4; // messages that may be on their way at once

function render({ model, el }) {
  el.classList.add("mer-upload");
  const label = document.createElement("label");
  const title = document.createElement("span");
  const field = document.createElement("input");
  field.type = "file";
  label.append(title, field);
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.hidden = true;
  el.append(label, bar);
  let turn = 0; // of the files chosen last; pieces of an earlier choice are dropped by the kernel
  let arrived = 0;
  let waiting = null;

  function dress() {
    title.textContent = model.get("label");
    bar.setAttribute("aria-label", "Sent so far");
    field.accept = model.get("accept");
    field.multiple = model.get("most_files") > 1;
    field.disabled = model.get("disabled");
  }

  function refuse(reason) {
    model.send({ kind: "refused", reason });
    field.value = "";
  }

  async function sendAll(chosen) {
    if (!chosen.length) return;
    const files = chosen.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
    const total = files.reduce((sum, file) => sum + file.size, 0);
    const megabytes = (bytes) => Math.ceil(bytes / 1e6);
    if (files.length > model.get("most_files"))
      return refuse(`${files.length} files were chosen, at most ${model.get("most_files")} can be sent.`);
    if (total > model.get("most_bytes"))
      return refuse(
        `${files[0].name} has ${megabytes(total)} MB, at most ${megabytes(model.get("most_bytes"))} MB can be sent. ` +
          "Copy it to the machine of the notebook and give its path.",
      );
    const mine = ++turn;
    arrived = 0;
    let sent = 0;
    bar.hidden = false;
    bar.value = 0;
    try {
      model.send({ kind: "begin", turn: mine, files: files.map((file) => [file.name, file.size]) });
      for (const [index, file] of files.entries())
        for (let start = 0; start < file.size; start += PIECE) {
          const piece = await file.slice(start, start + PIECE).arrayBuffer();
          while (mine === turn && sent - arrived >= AHEAD) await new Promise((go) => (waiting = go));
          if (mine !== turn) return;
          model.send({ kind: "piece", turn: mine, file: index }, undefined, [piece]);
          sent += 1;
          bar.value = (start + piece.byteLength) / Math.max(1, file.size);
        }
      model.send({ kind: "end", turn: mine });
    } catch {
      refuse(`${files[0].name} cannot be read. Choose it again.`);
    } finally {
      if (mine === turn) bar.hidden = true;
    }
    field.value = ""; // so that the same file can be chosen once more
  }

  function heard(message) {
    if (message.turn !== turn) return;
    if (message.kind === "refused") {
      turn += 1; // what is still to be sent is not
      bar.hidden = true;
      field.value = "";
    } else if (message.kind === "arrived") arrived += 1;
    waiting?.();
  }

  const chosen = () => sendAll([...field.files]);
  const keep = (event) => event.stopPropagation();
  field.addEventListener("change", chosen);
  el.addEventListener("keydown", keep);
  const dropped = (event) => {
    event.preventDefault();
    event.stopPropagation();
    el.classList.remove("mer-upload-over");
    if (!model.get("disabled")) sendAll([...event.dataTransfer.files]);
  };
  const over = (event) => {
    event.preventDefault();
    event.stopPropagation();
    el.classList.toggle("mer-upload-over", event.type === "dragover");
  };
  el.addEventListener("drop", dropped);
  el.addEventListener("dragover", over);
  el.addEventListener("dragleave", over);
  const names = "change:label change:accept change:most_files change:disabled";
  model.on(names, dress);
  model.on("msg:custom", heard);
  dress();
  return () => {
    turn += 1;
    waiting?.();
    model.off(names, dress);
    model.off("msg:custom", heard);
  };
}

export default { render };
