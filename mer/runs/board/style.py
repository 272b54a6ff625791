"""How the run board looks, in the colours of the reader's theme."""

STYLE = """<style>
.mer-run-board { font-size: var(--jp-ui-font-size1, 13px); }
.mer-run-board .widget-html, .mer-run-board .widget-html-content { line-height: 1.45; height: auto; overflow: visible; }
.mer-run-board h3 { font-size: 1.2em; margin: 8px 0 4px; }
.mer-run-board h4 { font-size: 1em; margin: 8px 0 2px; }
.mer-run-board p { margin: 4px 0; }
.mer-run-board table.mer-board { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.mer-run-board table.mer-board th, .mer-run-board table.mer-board td { text-align: left; vertical-align: top;
  padding: 1px 18px 1px 0; overflow-wrap: anywhere; color: inherit; background: none; }
.mer-run-board table.mer-board th { font-weight: 600; white-space: nowrap; }
.mer-run-board table.mer-board th[scope="rowgroup"] { padding-top: 8px;
  border-bottom: 1px solid var(--jp-border-color2, #e0e0e0); }
.mer-run-board pre { max-height: 260px; overflow: auto; margin: 0; padding: 6px 8px; white-space: pre-wrap;
  overflow-wrap: anywhere; border: 1px solid var(--jp-border-color2, #e0e0e0); font-size: 0.92em; }
.mer-run-board details > summary { cursor: pointer; }
.mer-run-board code { font-family: var(--jp-code-font-family, monospace); }
</style>"""
