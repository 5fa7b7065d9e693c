// Runs in a tab before all others: tells the proxy several times a second what the tab shows, so that no window has to be
// visited for that, and a tab can be watched that the driver has lost. Follows on `snapshot`.
(() => {
  const tab = Number(new URLSearchParams(location.search).get("tab") ?? 1);
  // Tells a page that was kept from one that was loaded again.
  const life = String(Math.random());
  let quiet = false;
  let sent = Promise.resolve();
  const report = async () => {
    const sharing = document.querySelector("[data-sharing]")?.dataset.sharing ?? null;
    const visible = document.visibilityState === "visible";
    const body = JSON.stringify({ tab, life, sharing, visible, shown: snapshot() });
    await fetch("/e2e/report", { method: "POST", body }).catch(() => {});
  };
  const run = async () => {
    while (!quiet) {
      await (sent = report());
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  // A request on its way would keep a page that is left from being kept.
  window.hush = () => {
    quiet = true;
    return sent;
  };
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    quiet = false;
    run();
  });
  run();
})();
