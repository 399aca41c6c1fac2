// What every page runs. Nothing here makes mark-up out of text.
import { initAll } from './govuk-frontend.min.js';
import { follow } from './live.js';

// GOV.UK Frontend says `aria-expanded` on a radio that reveals a field; ARIA has no such state there
// (WAI-ARIA 1.2, role radio). What it reveals stands right behind it.
new MutationObserver((changes) => {
  for (const { target } of changes) {
    if (target.type === 'radio' && target.hasAttribute('aria-expanded')) target.removeAttribute('aria-expanded');
  }
}).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['aria-expanded'] });

initAll();

// Countdowns: the server wrote the words; this keeps them fresh. It counts from how much time was left
// when the page was made, so that a wrong clock on the desk does not matter.
const loaded = Date.now();
const begun = new WeakMap();

function words(box, minutes) {
  const { gwHours, gwMinutes, gwLate } = box.dataset;
  const late = minutes < 0;
  const whole = Math.abs(minutes);
  const hours = Math.floor(whole / 60);
  const said = (hours ? gwHours : gwMinutes).replace('{h}', hours).replace('{m}', whole % 60);
  return late ? gwLate.replace('{t}', said) : said;
}

function tick() {
  for (const box of document.querySelectorAll('[data-gw-left]')) {
    if (!begun.has(box)) begun.set(box, box.dataset.gwFresh ? Date.now() : loaded);
    const left = Number(box.dataset.gwLeft) - (Date.now() - begun.get(box)) / 1000;
    const minutes = left < 0 ? -Math.floor(-left / 60) || -1 : Math.floor(left / 60);
    const text = words(box, minutes);
    const place = box.querySelector('[data-gw-words]');
    if (place.textContent !== text) place.textContent = text;
    box.classList.toggle('gw-countdown--late', left < 0);
    const bar = box.querySelector('[data-gw-gone]');
    const whole = Number(box.dataset.gwWhole);
    if (bar && whole > 0) bar.setAttribute('width', String(Math.min(240, Math.max(0, 240 * (1 - left / whole)))));
  }
}
if (document.querySelector('[data-gw-left]')) {
  tick();
  setInterval(tick, 15000);
}

for (const button of document.querySelectorAll('[data-gw-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

for (const box of document.querySelectorAll('[data-gw-live]')) follow(box, tick);
