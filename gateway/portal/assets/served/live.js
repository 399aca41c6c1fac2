// Parts of a page that change by themselves: an event says that something changed, the part is fetched
// again from this site and takes the place of the old one. Without this script the page says "reload".
import { initAll } from './govuk-frontend.min.js';

// The single place where text becomes mark-up: answers of this site's own pages, fetched below.
const policy = window.trustedTypes
  ? window.trustedTypes.createPolicy('gw-live', { createHTML: (html) => html })
  : { createHTML: (html) => html };

function parsed(html) {
  return new DOMParser().parseFromString(policy.createHTML(html), 'text/html');
}

async function fetched(address) {
  const from = new URL(address, window.location.href);
  if (from.origin !== window.location.origin) throw new Error('not of this site');
  const answer = await fetch(from, { credentials: 'same-origin', redirect: 'error', cache: 'no-store' });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return parsed(await answer.text());
}

// A person may be reading or typing inside the part: focus and opened details come back.
function replaced(old, fresh) {
  const opened = [...old.querySelectorAll('details[open][id]')].map((one) => one.id);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const key = focused && (focused.id ? `#${CSS.escape(focused.id)}` : focused.getAttribute('href') && `a[href="${CSS.escape(focused.getAttribute('href'))}"]`);
  old.replaceChildren(...fresh.childNodes);
  for (const id of opened) old.querySelector(`#${CSS.escape(id)}`)?.setAttribute('open', '');
  for (const box of old.querySelectorAll('[data-gw-left]')) box.dataset.gwFresh = 'yes';
  initAll({ scope: old });
  if (key) old.querySelector(key)?.focus({ preventScroll: true });
}

export function follow(box, afterwards) {
  const content = box.querySelector('[data-gw-content]');
  const still = box.querySelector('[data-gw-still]');
  const moving = box.querySelector('[data-gw-moving]');
  const stopped = box.querySelector('[data-gw-stopped]');
  const pause = box.querySelector('[data-gw-pause]');
  const status = document.getElementById('gw-status');
  let paused = false;
  let waiting = false;
  let busy = false;

  const show = (one) => { for (const line of [still, moving, stopped]) line.hidden = line !== one; };

  async function refresh() {
    if (paused || busy) { waiting = true; return; }
    busy = true;
    waiting = false;
    try {
      const page = await fetched(box.dataset.gwFragment);
      const fresh = page.querySelector('[data-gw-content]');
      if (!fresh) throw new Error('no such part');
      replaced(content, fresh);
      const changed = page.querySelector('[data-gw-changed]');
      const place = box.querySelector('[data-gw-changed]');
      if (changed && place) place.textContent = changed.textContent;
      const say = page.querySelector('[data-gw-say]');
      if (say && status && say.textContent.trim()) status.textContent = say.textContent.trim();
      afterwards();
    } catch {
      events.close();
      show(stopped);
    } finally {
      busy = false;
      if (waiting && !paused) refresh();
    }
  }

  const events = new EventSource(box.dataset.gwEvents);
  events.addEventListener('open', () => show(moving));
  events.addEventListener('changed', refresh);
  events.addEventListener('error', () => { if (events.readyState === EventSource.CLOSED) show(stopped); });
  window.addEventListener('pagehide', () => events.close());

  pause.addEventListener('click', () => {
    paused = !paused;
    pause.textContent = paused ? pause.dataset.gwResume : pause.dataset.gwPause;
    if (!paused && waiting) refresh();
  });
}
