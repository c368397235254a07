"""How a panel looks: colours of the notebook's theme, and one column where it is narrow."""

from __future__ import annotations

_FONT2 = "var(--jp-ui-font-color2, #616161)"
_LINE = "var(--jp-border-color2, #e0e0e0)"
_EDGE = "var(--jp-layout-color4, #757575)"
_ERROR = "var(--jp-error-color1, #d32f2f)"
_WARN = "var(--jp-warn-color0, #e65100)"
_CODE = "var(--jp-code-font-family, monospace)"

STYLE = f"""<style>
.gj-panel {{ container-type: inline-size; max-width: 1000px; overflow: visible;
  padding: 4px 4px 4px 12px; }}
.gj-panel .widget-box {{ overflow: visible; }}
.gj-panel .widget-html-content {{ line-height: 1.4; font-variant-numeric: tabular-nums; }}
.gj-panel .jupyter-widgets {{ margin: 0; }}
.gj-panel .widget-html, .gj-panel .widget-html-content {{ min-width: 0; max-width: 100%; }}
.gj-panel > .widget-html:first-child {{ display: none; }}
.gj-panel .jupyter-widgets-disconnected::before, .gj-panel.jupyter-widgets-disconnected::before {{ content: none; }}
.gj-panel.jupyter-widgets-disconnected > * {{ opacity: 0.5; pointer-events: none; }}
.gj-panel > .gj-again {{ display: none; }}
.gj-panel.jupyter-widgets-disconnected > .gj-again {{ display: block; opacity: 1; }}
.gj-panel input, .gj-panel select {{ border-color: {_EDGE} !important; }}
.gj-panel input::placeholder {{ color: {_FONT2}; opacity: 1; }}
.gj-panel :is(input, select, button, code):focus-visible {{
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px; }}
.gj-top, .gj-bar {{ display: flex; flex-flow: row wrap; gap: 4px 16px; align-items: center; }}
.gj-top {{ padding-bottom: 8px; margin-bottom: 8px; border-bottom: 1px solid {_LINE}; }}
.gj-top > .jupyter-widgets {{ flex: 1 1 170px; width: auto; min-width: 0; }}
.gj-panel .gj-top > .gj-named > .widget-label {{ flex: 0 0 auto; width: auto !important; padding-right: 4px; }}
.gj-argument {{ display: grid; grid-template-columns: minmax(0, 3fr) 36px minmax(0, 2fr); gap: 0 8px;
  align-items: center; padding: 2px 0; }}
.gj-argument > .jupyter-widgets {{ width: auto; min-width: 0; }}
.gj-panel .gj-named > .widget-label {{ flex: 0 0 140px; width: 140px; text-align: left; white-space: normal;
  overflow-wrap: anywhere; line-height: 1.2; height: auto; align-self: center; margin-right: 8px; font-family: {_CODE}; }}
.gj-panel .gj-option > .widget-label {{ font-family: inherit; }}
.gj-panel .gj-named > .widget-label[style] {{ min-width: 0; }}
.gj-panel .gj-named.widget-toggle-buttons {{ display: flex; flex-flow: row; align-items: center; }}
.gj-fault {{ grid-column: 1 / -1; padding-left: 148px !important; }}
.gj-fault code {{ white-space: pre-wrap; overflow-wrap: anywhere; background: transparent; }}
.gj-fault u {{ text-decoration: underline wavy {_ERROR}; }}
.gj-hint {{ color: {_FONT2}; }}
.gj-about {{ display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }}
.gj-panel .gj-about > div {{ overflow-wrap: anywhere; }}
.gj-panel .gj-menu select {{ border-color: {_LINE} !important; appearance: none; background: none !important; padding: 0 !important; text-align: center;
  text-align-last: center; font-weight: 600; }}
.gj-menu option {{ font-weight: 400; }}
.gj-wrong input {{ border-color: {_ERROR} !important; box-shadow: inset 0 -2px {_ERROR}; }}
.gj-panel .widget-toggle-buttons > .widget-toggle-button, .gj-panel .widget-toggle-buttons button {{ width: auto;
  min-width: 44px; margin: 0 4px 0 0; padding: 0 10px; }}
.gj-panel .widget-toggle-buttons > div {{ display: flex; flex-flow: row; }}
.gj-panel .gj-fold > button, .gj-panel button.gj-fold {{ background: transparent; text-align: left; width: auto;
  color: inherit; padding: 0; box-shadow: none !important; font-weight: 600; border: 0; max-width: 100%; overflow: hidden;
  text-overflow: ellipsis; }}
.gj-folds {{ display: flex; flex-flow: row wrap; gap: 4px 24px; padding-top: 8px; }}
.gj-folds > .jupyter-widgets {{ flex: 0 1 auto; width: auto; }}
.gj-folds > .gj-open {{ flex: 1 0 100%; }}
.gj-facts {{ padding-top: 8px; margin-top: 8px; border-top: 1px solid {_LINE}; justify-content: space-between;
  align-items: flex-end; }}
.gj-facts > .widget-html {{ flex: 1 1 300px; width: auto; }}
.gj-facts > .gj-pager {{ flex: 0 0 auto; width: auto; }}
.gj-pager {{ display: flex; align-items: center; gap: 4px; }}
.gj-pager > * {{ width: auto; }}
.gj-pager button {{ width: 28px; padding: 0; }}
.gj-go {{ width: 110px !important; }}
.gj-line {{ display: flex; gap: 8px; align-items: flex-start; margin: 4px 0; }}
.gj-line code {{ flex: 1 1 auto; user-select: all; font-family: {_CODE}; font-size: 12px; overflow-wrap: anywhere;
  padding: 4px 8px; border: 1px solid {_LINE}; background: transparent; white-space: pre-wrap; }}
.gj-line button {{ flex: none; height: 28px; padding: 0 10px; border: 1px solid {_EDGE}; background: transparent;
  color: inherit; font: inherit; cursor: pointer; }}
.gj-panel .gj-question {{ width: auto; }}
.gj-warning {{ border-left: 3px solid {_WARN}; padding-left: 8px; margin: 2px 0; }}
.gj-refusal {{ border-left: 3px solid {_ERROR}; padding-left: 8px; margin: 2px 0; }}
.gj-bar > button.gj-launch {{ width: auto; min-width: 160px; }}
@container (max-width: 500px) {{
  .gj-argument {{ grid-template-columns: minmax(0, 1fr) 36px; }}
  .gj-argument > .widget-html {{ grid-column: 1 / -1; }}
  .gj-fault {{ padding-left: 0 !important; }}
  .gj-panel .gj-named, .gj-panel .gj-named.widget-toggle-buttons {{ flex-flow: row wrap; height: auto; }}
  .gj-panel .gj-named select {{ min-height: 28px; }}
  .gj-panel .gj-named > .widget-label {{ flex: 1 0 100%; width: 100%; }}
  .gj-top > .jupyter-widgets {{ flex: 1 0 100%; }}
}}
</style>"""
