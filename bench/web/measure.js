// Runs one contender and tells the server what was measured: `?script=NAME.js` is one in JavaScript, `?wasm=NAME` one
// that is built. Both call `benchStart` with the first quote and `benchEnd` when the stream is over.

const parameters = new URLSearchParams(location.search);
let exports;
let started;

async function post(path, lines) {
  const response = await fetch(path, { method: 'POST', body: lines.join('\n') });
  return response.text();
}

function fail(error) {
  post('/failed', [String(error?.stack ?? error)]);
}
addEventListener('error', (event) => fail(event.error ?? event.message));
addEventListener('unhandledrejection', (event) => fail(event.reason));

globalThis.benchStart = () => {
  started ??= performance.now();
};

// What the table, the headline and the line under a flood say.
const shown = () => [...document.querySelectorAll('td, h2, .recent')].map((it) => it.textContent).join(' ');

// Milliseconds from each frame to the next, from the one that the first quote came in to the one after the last.
const frames = [];
let frameBefore;

function frame() {
  const now = performance.now();
  if (started !== undefined) {
    frames.push(now - frameBefore);
  }
  frameBefore = now;
  requestAnimationFrame(frame);
}
if (parameters.has('frames')) {
  // In its first second a browser has much of its own to do, whatever the page is.
  for (let frames = 0; frames < 180; frames += 1) {
    await new Promise((next) => requestAnimationFrame(next));
  }
  frameBefore = performance.now();
  requestAnimationFrame(frame);
}

async function framed(inOrder, last, all) {
  const milliseconds = performance.now() - started;
  await new Promise((next) => requestAnimationFrame(next));
  const lengths = frames.map((it) => it.toFixed(2)).join(' ');
  await settled(await post('/frames', [inOrder, last, all, milliseconds, lengths]));
}

async function measured(inOrder, last) {
  const milliseconds = performance.now() - started;
  await settled(await post('/measured', [inOrder, last, milliseconds]));
}

async function settled(expected) {
  // It may take some frames until the last events show.
  for (let frames = 0; frames < 600 && shown() !== expected; frames += 1) {
    await new Promise((next) => requestAnimationFrame(next));
  }
  await post('/shown', [shown()]);
}

// Bytes of the program's memory, after the first connection and after each tenth of those that follow.
const memory = [];
let ends = 0;

async function sampled(inOrder, last) {
  const connections = Number(parameters.get('connections'));
  if (ends % ((connections - 1) / 10) === 0) {
    memory.push(exports.memory.buffer.byteLength);
  }
  ends += 1;
  if (ends === connections) {
    await post('/memory', [inOrder, last, memory.join(' ')]);
  }
}

globalThis.benchEnd = (inOrder, last, all) => {
  const report = parameters.has('connections') ? sampled : parameters.has('frames') ? framed : measured;
  report(inOrder, last, all).catch(fail);
};

if (parameters.has('script')) {
  await import(`/web/${parameters.get('script')}`);
} else {
  const { default: init } = await import(`/pages/${parameters.get('wasm')}/ticker.js`);
  exports = await init();
}
