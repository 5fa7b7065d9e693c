// eventsource-parser on the body of a fetch, fed by hand: faster than its TransformStream.
import { createParser } from '/modules/eventsource-parser/dist/index.js';
import * as page from './page.js';

const response = await fetch('/events', { headers: { accept: 'text/event-stream' } });
page.open();
const parser = createParser({ onEvent: ({ event, data }) => page.event(event, data) });
const decoder = new TextDecoder();
const reader = response.body.getReader();
for (;;) {
  const { done, value } = await reader.read();
  if (done) {
    break;
  }
  parser.feed(decoder.decode(value, { stream: true }));
}
page.closed();
