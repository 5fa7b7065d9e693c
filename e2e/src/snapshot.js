// Everything the trials look at, read at one moment.
const find = (selector) => document.querySelector(selector);
const text = (selector) => find(selector)?.textContent.trim() ?? null;
const counter = (name) => Number(find(`[data-counter="${name}"]`)?.dataset.value ?? 0);
// An observer may be called later than a script; what is seen here is noted as well. The state is the last that was
// noted, from one copy: in Firefox the page was seen to get on between two lines of this.
const shown = () => find('[data-testid="badge"]')?.dataset.state;
window.e2e?.note(shown());
const states = [...(window.e2e?.states ?? [])];
const state = window.e2e ? states.at(-1) : shown();
const row = '[data-symbol="AAPL"]';
return {
  state: state ?? null,
  badge: find('[data-testid="badge"]')?.innerText ?? "",
  states,
  errors: window.e2e?.errors ?? [],
  received: counter("received"),
  lost: counter("lost"),
  doubled: counter("doubled"),
  gaps: counter("gaps"),
  malformed: counter("malformed"),
  last: text(`${row} [data-field="last"]`),
  prices: [...document.querySelectorAll("[data-symbol]")]
    .map((row) => `${row.dataset.symbol} ${row.querySelector('[data-field="last"]')?.textContent.trim()}`)
    .sort(),
  newest: text('[data-testid="headline"]'),
  sparkline: find(`${row} [data-field="sparkline"] :is(path, polyline)`)?.outerHTML ?? null,
  symbols: document.querySelectorAll("[data-symbol]").length,
  headlines: document.querySelectorAll('[data-testid="headline"]').length,
  date: find('[data-testid="replayed-date"]')?.getAttribute("datetime") ?? null,
  label: text('[data-testid="replay-label"]'),
  gap_notice: text('[data-testid="gap-notice"]'),
  started: window.started ?? false,
  witness: window.witness ?? null,
};
