// @microsoft/fetch-event-source.
import { fetchEventSource } from '/modules/@microsoft/fetch-event-source/lib/esm/index.js';
import * as page from './page.js';

await fetchEventSource('/events', {
  async onopen() {
    page.open();
  },
  onmessage: ({ event, data }) => page.event(event, data),
  onclose: page.closed,
});
