// What the tests ask JupyterLab in the page. `window.jupyterapp` is its own application object (expose_app_in_browser).

// anywidget gives a widget two seconds of the clock to come up, and then shows it as broken for good. On a machine that
// has ten times too much to do, every page would break by chance.
const timeout = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => timeout(Math.max(milliseconds, 120_000));

window.merTest = (() => {
  // Messages that the kernel has not yet answered with "idle": of cells and of widgets, whether the kernel takes them in
  // its main thread or in a subshell.
  const unanswered = new Set();
  const watched = new WeakSet();

  const panel = () => window.jupyterapp.shell.currentWidget;
  const kernel = () => panel().context.sessionContext.session?.kernel;
  const codeCells = () => panel().content.widgets.filter((cell) => cell.model.type === "code");

  function watch(one) {
    if (!one || watched.has(one)) return;
    watched.add(one);
    one.anyMessage.connect((_, { msg, direction }) => {
      const idle = msg.header.msg_type === "status" && msg.content.execution_state === "idle";
      if (direction === "send" && ["shell", "control"].includes(msg.channel)) unanswered.add(msg.header.msg_id);
      if (direction === "recv" && idle) unanswered.delete(msg.parent_header.msg_id);
    });
  }

  return {
    ready() {
      const context = window.jupyterapp && panel()?.context;
      return Boolean(context?.isReady && context.sessionContext.isReady && kernel()?.status === "idle");
    },

    begin() {
      window.jupyterapp.shell.collapseLeft();
      watch(kernel());
      panel().context.sessionContext.kernelChanged.connect((_, change) => {
        unanswered.clear();
        watch(change.newValue);
      });
    },

    // Resolves when nothing has been unanswered for a moment in which the page could draw several times.
    quiet() {
      return new Promise((resolve) => {
        let calm = 0;
        const look = () => {
          calm = unanswered.size ? 0 : calm + 1;
          if (calm > 3) resolve();
          else requestAnimationFrame(() => setTimeout(look, 20));
        };
        look();
      });
    },

    command: (name, given) => window.jupyterapp.commands.execute(name, given).then(() => null),

    startAll() {
      this.done = false;
      this.command("notebook:run-all-cells", {}).finally(() => { this.done = true; });
    },

    select(position) {
      panel().content.deselectAll();
      panel().content.activeCellIndex = position;
    },

    // [position among all cells, source] of every code cell
    code() {
      const all = panel().content.widgets;
      return codeCells().map((cell) => [all.indexOf(cell), cell.model.sharedModel.getSource()]);
    },

    running: () => codeCells().filter((cell) => cell.model.executionState === "running")
      .map((cell) => cell.model.sharedModel.getSource()),

    // [source, traceback] of every cell that failed
    failed: () => codeCells().flatMap((cell) => cell.model.outputs.toJSON()
      .filter((output) => output.output_type === "error")
      .map((output) => [cell.model.sharedModel.getSource(), output.traceback.join("\n")])),

    // Write paths in the page shorter, [[long, short], ...], until `restore`: for pictures.
    shorten(pairs) {
      const changed = [];
      const write = (holder, key) => {
        const before = holder[key];
        const after = pairs.reduce((text, [long, short]) => text.replaceAll(long, short), before);
        if (after === before) return;
        changed.push(() => { holder[key] = before; });
        holder[key] = after;
      };
      const root = panel().node;
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) write(texts.currentNode, "nodeValue");
      root.querySelectorAll("input[type=text], textarea").forEach((field) => write(field, "value"));
      this.restore = () => changed.forEach((undo) => undo());
    },

    // What code prints that runs in the kernel without a cell, and its traceback if it fails
    async execute(code) {
      const future = kernel().requestExecute({ code, store_history: false });
      let printed = "", failed = "";
      future.onIOPub = ({ header, content }) => {
        if (header.msg_type === "stream" && content.name === "stdout") printed += content.text;
        if (header.msg_type === "error") failed = content.traceback.join("\n");
      };
      await future.done;
      return [printed, failed];
    },
  };
})();
