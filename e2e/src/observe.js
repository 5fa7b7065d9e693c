// Runs in the page, once: notes every state that the badge shows and everything that goes wrong.
(() => {
  if (window.e2e) return;
  const note = (state) => {
    if (state !== undefined && state !== e2e.states.at(-1)) e2e.states.push(state);
  };
  const look = () => note(document.querySelector('[data-testid="badge"]')?.dataset.state);
  const e2e = (window.e2e = { states: [], errors: [], note });
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["data-state"],
  });
  look();
  // Listening while the event goes down sees resources that fail to load as well.
  addEventListener("error", (event) => e2e.errors.push(String(event.message ?? event.target?.outerHTML)), true);
  addEventListener("securitypolicyviolation", (event) => {
    e2e.errors.push(`policy: ${event.effectiveDirective} forbids ${event.blockedURI} ${event.sample}`);
  });
  addEventListener("unhandledrejection", (event) => e2e.errors.push(`unhandled: ${event.reason}`));
  for (const level of ["error", "warn"]) {
    const native = console[level];
    console[level] = (...values) => {
      e2e.errors.push(`console.${level}: ${values.join(" ")}`);
      native.apply(console, values);
    };
  }
})();
