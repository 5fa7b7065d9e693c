// The page of the contenders in JavaScript, and their meter: what came last is kept, and shown once a frame.

const SYMBOLS = ['AAPL', 'FB', 'GOOG', 'IBM', 'MSFT'];

// Under a flood: the sequences of the latest hundred quotes.
const RECENT = 100;
const recent = new URLSearchParams(location.search).has('frames') ? [] : null;

document.body.innerHTML = `
  <p role="status">connecting</p>
  <table><tbody>${SYMBOLS.map((it) => `<tr><th>${it}</th><td></td><td></td></tr>`).join('')}</tbody></table>
  <h2></h2>${recent ? '<p class="recent"></p>' : ''}`;
const status = document.querySelector('p').firstChild;
const heading = document.querySelector('h2').appendChild(new Text());
const latest = document.querySelector('.recent')?.appendChild(new Text());
const rows = new Map(
  [...document.querySelectorAll('tr')].map((row, index) => [
    SYMBOLS[index],
    { texts: [...row.querySelectorAll('td')].map((cell) => cell.appendChild(new Text())), quote: null },
  ]),
);

let news = '';
let frame = null;
let inOrder = 0;
let last = 0;
let all = 0;

function write(text, value) {
  if (text.data !== value) {
    text.data = value;
  }
}

function show() {
  frame = null;
  for (const { texts, quote } of rows.values()) {
    if (quote) {
      write(texts[0], quote.last.toFixed(2));
      write(texts[1], (quote.last - quote.open).toFixed(2));
    }
  }
  write(heading, news);
  if (recent) {
    write(latest, recent.join(' '));
  }
}

export function open() {
  write(status, 'open');
}

export function closed() {
  write(status, 'closed');
}

export function quote(quote) {
  if (last === 0) {
    benchStart();
  }
  if (quote.sequence === last + 1) {
    inOrder += 1;
  }
  last = quote.sequence;
  all += 1;
  if (recent?.push(last) > RECENT) {
    recent.shift();
  }
  const row = rows.get(quote.symbol);
  if (row) {
    row.quote = quote;
    frame ??= requestAnimationFrame(show);
  }
}

export function headline({ text }) {
  news = text;
  frame ??= requestAnimationFrame(show);
}

export function end() {
  benchEnd(inOrder, last, all);
}

// For the clients that hand every event to one function.
export function event(name, data) {
  if (name === 'quote') {
    quote(JSON.parse(data));
  } else if (name === 'headline') {
    headline(JSON.parse(data));
  } else if (name === 'end') {
    end();
  }
}
