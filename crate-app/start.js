// Tells the reader if the page can't run, or stops running. In the oldest JavaScript, and a file of its own, since
// trunk rewrites what stands inside index.html in a newer one. The app removes #loading once it runs.
(function () {
  function show(id) {
    document.getElementById(id).removeAttribute("hidden");
  }

  function failed(error) {
    var loading = document.getElementById("loading");
    // Once the app runs, only its own end counts, not an error of something else on the page.
    if (loading || error instanceof WebAssembly.RuntimeError) {
      if (loading) loading.setAttribute("hidden", "");
      show("failed");
    }
  }

  // The address alone would lose the query.
  function reload() {
    location.reload();
    return false;
  }
  var links = document.getElementById("failed").getElementsByTagName("a");
  for (var i = 0; i < links.length; i++) links[i].onclick = reload;

  // The chosen theme, before anything is shown; the app does the rest (settings.rs).
  try {
    var theme = localStorage.getItem("sse-signals.theme");
    if (theme) document.documentElement.setAttribute("data-theme", theme);
  } catch (error) {
    // A page without storage shows the system's theme.
  }

  if (!window.EventSource || !window.WebAssembly) {
    show("unsupported");
    return;
  }
  show("loading");
  // Capturing: a module that can't be fetched fires at its script element, and that does not bubble.
  window.addEventListener("error", function (event) { failed(event.error); }, true);
  window.addEventListener("unhandledrejection", function (event) { failed(event.reason); });
})();
