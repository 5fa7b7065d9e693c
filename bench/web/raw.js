// The browser's EventSource and nothing else: what all are compared with.
import * as page from './page.js';

const source = new EventSource('/events');
source.addEventListener('open', page.open);
source.addEventListener('error', page.closed);
source.addEventListener('quote', (event) => page.quote(JSON.parse(event.data)));
source.addEventListener('headline', (event) => page.headline(JSON.parse(event.data)));
source.addEventListener('end', page.end);
