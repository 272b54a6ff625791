"""The parts of the views in a real browser without JupyterLab: a page for it, a model that talks to Python."""

import base64
import re
import sys
from pathlib import Path
from typing import Any

import anywidget
from playwright.sync_api import Locator, Page

#: What a widget's model is to its view: `get`, `set`, `save_changes`, `on`, `off`; the state goes to Python and back.
_MODEL = """
window.models = {};
window.unbox = (value) => {
  if (value?.base64 === undefined) return value;
  const bytes = Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
  return new DataView(bytes.buffer);
};
window.show = async ({ id, code, css, state }) => {
  const listeners = [];
  const fire = (name) => listeners.filter(([what]) => what === name).forEach(([, callback]) => callback());
  let changed = {};
  const model = {
    state: Object.fromEntries(Object.entries(state).map(([name, value]) => [name, unbox(value)])),
    get: (name) => model.state[name],
    set(name, value) {
      if (JSON.stringify(model.state[name]) === JSON.stringify(value) && !(value instanceof DataView)) return;
      model.state[name] = value;
      changed[name] = value;
      fire(`change:${name}`);
    },
    save_changes() {
      const sent = changed;
      changed = {};
      toKernel(id, sent).then(model.receive);
    },
    receive(answer) {
      const same = (name, value) => JSON.stringify(model.state[name]) === JSON.stringify(value);
      const news = Object.entries(answer).filter(([name, value]) => !same(name, value));
      for (const [name, value] of news) model.state[name] = unbox(value);
      for (const [name] of news) fire(`change:${name}`);
      changed = {};
    },
    on: (names, callback) => names.split(" ").forEach((name) => listeners.push([name, callback])),
    off(names, callback) {
      for (const name of names.split(" ")) {
        const at = listeners.findIndex(([what, other]) => what === name && other === callback);
        if (at >= 0) listeners.splice(at, 1);
      }
    },
    listeners,
  };
  const style = document.createElement("style");
  style.textContent = css;
  document.head.append(style);
  const el = document.createElement("div");
  el.id = id;
  document.querySelector("main").append(el);
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const part = (await import(url)).default;
  await part.initialize?.({ model });
  models[id] = { model, el, close: await part.render({ model, el }) };
};
"""


def theme_variables(theme: str) -> str:
    """The colours of JupyterLab's own theme, "light" or "dark"."""
    folder = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab" / f"theme-{theme}-extension"
    return "\n".join(re.findall(r":root\s*{[^}]*}", (folder / "index.css").read_text()))


class PartsPage:
    """Shows parts and carries their state between the page and the Python objects.

    Attributes:
        sent: what the page sent to Python, in order.
        faults: errors of the page.
    """

    def __init__(self, page: Page, theme: str = "light") -> None:
        self.page = page
        self.widgets: dict[str, anywidget.AnyWidget] = {}
        self.sent: list[dict[str, Any]] = []
        self.faults: list[str] = []
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        page.expose_function("toKernel", self._to_kernel)
        page.set_content(
            f'<!doctype html><html lang="en"><head><title>Parts</title><style>{theme_variables(theme)}'
            "body {background: var(--jp-layout-color0); color: var(--jp-ui-font-color1); padding: 16px;"
            " font: 13px system-ui, sans-serif} main > div {margin-bottom: 20px; max-width: 900px}</style></head>"
            "<body><main><h1>Parts</h1></main></body></html>"
        )
        page.add_script_tag(content=_MODEL)

    def show(self, widget: anywidget.AnyWidget) -> Locator:
        """Render a part at the end of the page."""
        name = f"part{len(self.widgets)}"
        self.widgets[name] = widget
        argument = {"id": name, "code": str(widget._esm), "css": str(widget._css), "state": _state(widget)}
        self.page.evaluate("(part) => show(part)", argument)
        return self.page.locator(f"#{name}")

    @staticmethod
    def boxed(value: Any) -> Any:
        """A value of a trait as the page takes it."""
        return {"base64": base64.b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value

    def push(self) -> None:
        """Send the state of the Python objects to the page, as a kernel does when it changes."""
        for name, widget in self.widgets.items():
            self.page.evaluate("([name, state]) => models[name].model.receive(state)", [name, _state(widget)])

    def _to_kernel(self, name: str, state: dict[str, Any]) -> dict[str, Any]:
        self.sent.append(state)
        widget = self.widgets[name]
        before = _state(widget)
        widget.set_state(state)
        after = _state(widget)
        return {key: value for key, value in after.items() if value != before[key] or value != state.get(key, value)}


def _state(widget: anywidget.AnyWidget) -> dict[str, Any]:
    mine = [key for key in widget.keys if key not in ("layout", "_esm", "_css")]
    return {key: PartsPage.boxed(value) for key, value in widget.get_state(mine).items()}
