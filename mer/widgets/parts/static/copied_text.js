// A text with a button that copies it. Where a page may not write to the clipboard, the text is selected instead.

function render({ model, el }) {
  el.classList.add("mer-copied");
  const head = make("div", "mer-copied-head");
  const name = make("strong");
  const button = make("button", "mer-copied-button");
  button.type = "button";
  const said = make("span");
  said.setAttribute("role", "status");
  head.append(name, button, said);
  const text = make("pre");
  text.tabIndex = 0;
  text.setAttribute("role", "group");
  el.append(head, text);

  function dress() {
    const called = model.get("name");
    const code = model.get("code");
    name.textContent = called;
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${code ? called : called.toLowerCase()}`);
    text.setAttribute("aria-label", called);
    text.classList.toggle("mer-copied-words", !code);
    text.textContent = model.get("text");
    said.textContent = "";
    el.classList.toggle("mer-copied-empty", !model.get("text"));
  }

  async function copy() {
    try {
      await navigator.clipboard.writeText(model.get("text"));
      said.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = document.execCommand("copy") ? "Copied." : "Selected: copy it with Ctrl+C.";
    }
  }

  button.addEventListener("click", copy);
  el.addEventListener("keydown", keepKeys);
  model.on("change:name change:text change:code", dress);
  dress();
  return () => model.off("change:name change:text change:code", dress);
}

export default { render };
