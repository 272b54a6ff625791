"""How the explorer looks: columns, headings and facts, in the colours of the reader's theme."""

STYLE = """<style>
.mer-explorer { font-size: var(--jp-ui-font-size1, 13px); container-type: inline-size; }
.mer-explorer .widget-html, .mer-explorer .widget-html-content { line-height: 1.45; height: auto; overflow: visible; }
.mer-explorer-columns { gap: 14px 28px; }
.mer-explorer-left, .mer-explorer-right { overflow: visible; }
.mer-explorer-picture { gap: 10px 22px; overflow: visible; }
.mer-explorer-controls { gap: 4px 22px; overflow: visible; }
.mer-explorer .mer-title { font-size: 1.25em; font-weight: 600; line-height: 1.3; }
.mer-explorer .mer-title small { font-size: 0.8em; font-weight: 400; margin-left: 0.5em; }
.mer-explorer .mer-heading { font-weight: 600; margin: 8px 0 2px; padding-bottom: 2px;
  border-bottom: 1px solid var(--jp-border-color2, #e0e0e0); }
.mer-explorer .mer-about { font-size: 0.92em; line-height: 1.35; margin: 2px 4px 4px; }
.mer-explorer .mer-terms { margin-bottom: 6px; }
.mer-explorer dl.mer-facts { display: grid; grid-template-columns: max-content 1fr; gap: 1px 14px; margin: 10px 0 0; }
.mer-explorer dl.mer-facts dt { float: none; clear: none; width: auto; font-weight: 600; white-space: nowrap; }
.mer-explorer dl.mer-facts dd { float: none; width: auto; margin: 0; padding: 0; overflow-wrap: anywhere; }
.mer-explorer .mer-legend { display: flex; align-items: center; gap: 10px; margin: 6px 0; }
.mer-explorer .mer-legend img { flex: none; max-width: 50%; }
.mer-explorer .widget-checkbox label { display: flex; align-items: center; gap: 2px; }
@container (max-width: 988px) { /* one column: what is known of a clip comes after its picture */
  .mer-explorer-left { display: contents !important; }
  .mer-explorer-left > * { flex: 1 1 100%; min-width: 0; }
  .mer-explorer-facts { order: 1; }
}
.mer-explorer .mer-said { margin-left: 8px; font-weight: 600; }
</style>"""
