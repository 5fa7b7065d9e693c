// Draws with uPlot what the app hands over. Words, numbers' formats and the choice of days are the app's.

// The app's folder: this file lies below its snippets, wherever the page itself is.
const folder = import.meta.url.replace(/snippets\/.*$/, "");

let loading;

/** Resolves once uPlot is there: at the first chart, so that the page's first paint does not wait for it. */
export function load() {
  mendLanguage();
  loading ??= Promise.all([
    attach("link", { rel: "stylesheet", href: folder + "uPlot.min.css" }),
    attach("script", { src: folder + "uPlot.iife.min.js" }),
  ]).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

// As it loads, uPlot makes a number format for the browser's language, which WebKitGTK says is "C" under the locale
// C.UTF-8: no language, and so an error. No number of ours is written by that format.
function mendLanguage() {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en", configurable: true });
  }
}

function attach(name, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(name), attributes);
    element.onload = resolve;
    element.onerror = () => {
      element.remove();
      reject(new Error(`cannot load ${element.src || element.href}`));
    };
    document.head.append(element);
  });
}

// Steps between prices on the axis: 1, 2 and 5 times a power of ten.
const STEPS = Array.from({ length: 27 }, (_, n) => [1, 2, 5][n % 3] * 10 ** (Math.floor(n / 3) - 2));
// Parts of the plot's height, the price's range being 1: room for the volume below, and air above.
const BELOW = 0.32;
const ABOVE = 0.06;
// The highest volume's part of the plot's height.
const VOLUME = 0.2;
// What may change the colours.
const MEDIA = ["print", "(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"];

export class Plot {
  /** `resized` is called when the size has changed: whoever made this then draws again. */
  constructor(host, resized, priceLabel) {
    this.host = host;
    this.priceLabel = priceLabel;
    this.width = host.clientWidth;
    this.height = host.clientHeight;
    this.sizes = new ResizeObserver(() => {
      this.width = host.clientWidth;
      this.height = host.clientHeight;
      resized();
    });
    this.sizes.observe(host);
    // At once: what is printed is taken right after.
    this.restyled = () => {
      this.style = styleOf(host);
      this.chart?.batch(() => this.chart.redraw(false));
    };
    this.style = styleOf(host);
    this.themes = new MutationObserver(this.restyled);
    this.themes.observe(document.documentElement, { attributeFilter: ["class", "data-theme"] });
    this.media = MEDIA.map((query) => matchMedia(query));
    for (const media of this.media) media.addEventListener("change", this.restyled);
  }

  /** Ends all that the constructor began. */
  destroy() {
    for (const media of this.media) media.removeEventListener("change", this.restyled);
    this.themes.disconnect();
    this.sizes.disconnect();
    this.chart?.destroy();
  }

  /** Draws days side by side on `slots` places. `breaks` are positions before which the line is broken. */
  draw(closes, volumes, breaks, slots, ticks, labels) {
    this.breaks = breaks.slice();
    this.slots = slots;
    this.ticks = Array.from(ticks);
    this.labels = labels;
    // These were views of the app's memory, which may move.
    const data = [Float64Array.from(closes, (_, n) => n), volumes.slice(), closes.slice()];
    if (!this.width || !this.height) return;
    this.chart ??= new uPlot(this.options(), data, this.host);
    this.chart.batch(() => {
      if (this.chart.width !== this.width || this.chart.height !== this.height) {
        this.chart.setSize({ width: this.width, height: this.height });
      }
      this.chart.setData(data);
      // The days below the axis and the language change while the scales stay, which uPlot takes for no change.
      this.chart.redraw(false, true);
    });
  }

  /** Puts the crosshair on a day, or takes it away. */
  point(position) {
    const price = this.chart?.data[2][position];
    const hidden = price === undefined;
    this.chart?.setCursor({
      left: hidden ? -10 : this.chart.valToPos(position, "x"),
      top: hidden ? -10 : this.chart.valToPos(price, "price"),
    });
  }

  /** Where a `clientX` is on the plot: 0 is its left edge, 1 its right. */
  across(clientX) {
    const plot = this.chart?.over.getBoundingClientRect();
    return plot?.width ? (clientX - plot.left) / plot.width : undefined;
  }

  options() {
    const unbound = () => null;
    const { font, lineHeight } = this.style;
    return {
      width: this.width,
      height: this.height,
      padding: [8, 0, 0, 8],
      legend: { show: false },
      select: { show: false },
      cursor: {
        // The app moves it, by pointer and by key.
        bind: Object.fromEntries(
          ["mousedown", "mouseup", "click", "dblclick", "mousemove", "mouseleave", "mouseenter"].map((name) => [name, unbound]),
        ),
        points: {
          show: (_, series) => series === 2 && document.createElement("div"),
          size: () => 8,
          fill: () => this.style.line,
        },
      },
      scales: {
        x: { time: false, range: () => [-0.5, this.slots - 0.5] },
        price: {
          range: (_, low, high) => {
            const span = high - low || Math.abs(high) * 0.02 || 1;
            return [low - span * BELOW, high + span * ABOVE];
          },
        },
        volume: { range: (_, __, high) => [0, (high || 1) / VOLUME] },
      },
      axes: [
        {
          stroke: () => this.style.text,
          font,
          grid: { show: false },
          ticks: { show: false },
          gap: 6,
          size: lineHeight + 8,
          splits: () => this.ticks,
          values: () => this.labels,
        },
        {
          scale: "price",
          side: 1,
          stroke: () => this.style.text,
          font,
          grid: { stroke: () => this.style.grid, width: 1 },
          ticks: { show: false },
          gap: 8,
          incrs: STEPS,
          space: 36,
          filter: (_, prices) => prices.map((price) => (price < 0 ? null : price)),
          values: (_, prices, __, ___, step) => prices.map((price) => (price === null ? "" : this.priceLabel(price, step))),
          size: (chart, labels) => {
            if (!labels) return 0;
            chart.ctx.font = chart.axes[1].font[0];
            const widths = labels.map((label) => chart.ctx.measureText(label).width / uPlot.pxRatio);
            // In steps, so that the plot does not jump with each digit.
            return Math.ceil(Math.max(...widths, 0) / 8) * 8 + 12;
          },
        },
      ],
      series: [
        {},
        {
          scale: "volume",
          fill: () => this.style.volume,
          width: 0,
          paths: uPlot.paths.bars({ size: [0.7, 24, 1] }),
          points: { show: false },
        },
        {
          scale: "price",
          stroke: () => this.style.line,
          fill: () => this.style.area,
          width: 1.5,
          gaps: (chart) => Array.from(this.breaks, (position) =>
            [position - 1, position].map((edge) => Math.round(chart.valToPos(edge, "x", true)))),
          points: { show: true, size: 4, width: 0, fill: () => this.style.line, filter: () => this.alone() },
        },
      ],
    };
  }

  /** Positions of days with no line on either side, which only a point can show. */
  alone() {
    const edges = [0, ...this.breaks, this.chart?.data[0].length ?? 1];
    return edges.slice(0, -1).filter((edge, n) => edges[n + 1] - edge === 1);
  }
}

function styleOf(host) {
  const style = getComputedStyle(host);
  const colour = (name) => style.getPropertyValue(`--chart-${name}`).trim();
  const size = parseFloat(style.fontSize);
  return {
    text: colour("text"),
    grid: colour("grid"),
    line: colour("line"),
    area: colour("area"),
    volume: colour("volume"),
    font: `${Math.round(size)}px ${style.fontFamily}`,
    lineHeight: Math.ceil(size * 1.2),
  };
}
