// What several parts use; joined in front of theirs.

function make(tag, name = "", text = "") {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text) element.textContent = text;
  return element;
}

// Keys pressed in a part stay in it: the notebook around it would take a letter for a command, such as to delete a cell.
function keepKeys(event) {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) event.stopPropagation();
}

// The same for all that a cell shows: dropdowns, boxes and buttons of others stand between the parts of a view, and an
// arrow key in one of them would go to the next cell. `el` may not be in the page yet.
function keepKeysOfOutput(el, looks = 600) {
  const output = el.closest(".jp-OutputArea-output");
  if (!output) {
    if (looks) requestAnimationFrame(() => keepKeysOfOutput(el, looks - 1));
  } else if (!output.dataset.merKeys) {
    output.dataset.merKeys = "kept";
    output.addEventListener("keydown", keepKeys);
  }
}
