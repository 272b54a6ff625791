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
