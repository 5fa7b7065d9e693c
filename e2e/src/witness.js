// Runs in the page before all others: counts what EventSource delivers, without the app's code.
(() => {
  const witness = (window.witness = { connects: 0, seen: 0, holes: 0, repeats: 0, clicks: [] });
  const last = {};
  const count = ({ type, data }) => {
    const { sequence } = JSON.parse(data);
    if (sequence <= last[type]) witness.repeats += 1;
    else if (sequence > last[type] + 1) witness.holes += sequence - last[type] - 1;
    last[type] = sequence;
    witness.seen += 1;
  };
  window.EventSource = new Proxy(window.EventSource, {
    construct(target, values) {
      witness.connects += 1;
      const source = Reflect.construct(target, values);
      for (const name of ["quote", "news"]) source.addEventListener(name, count);
      return source;
    },
  });
  // How many connections each click has made by the time its handlers are done.
  const click = () => {
    const before = witness.connects;
    setTimeout(() => witness.clicks.push(witness.connects - before), 0);
  };
  addEventListener("click", click, true);
})();
