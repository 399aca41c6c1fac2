import assert from 'node:assert/strict';
import { move, rest } from '../focus.mjs';
import { Person } from '../lib.mjs';

export const title = 'at 400 % nothing is cut off, nothing scrolls sideways, and nothing hides what has the focus';

// A screen of 1280 by 1024 pixels, four times as large (WCAG 2.2, 1.4.10, 1.4.12 and 2.4.11).
const ZOOMED = { viewport: { width: 320, height: 256 }, deviceScaleFactor: 4 };

// Most places that take the focus on one page: a matrix of decisions has several hundred.
const MOST = 1_500;

// The main pages of everybody: addresses, and links that lead on from one.
const MAIN = (number) => [
  ['hub', 'j.okafor', [
    '/queue', '/referrals', '/figures', '/account', '/help',
    ...['', '/chronology', '/findings', '/withheld', '/matches', '/gaps', '/request', '/log', '/product', '/ask', '/told']
      .map((part) => `/cases/${number}${part}`),
  ]],
  ['hub', 'r.singh', ['', '/decide', '/priority', '/copies'].map((part) => `/cases/${number}${part}`)],
  ['hub', 'a.reid', ['/log', '/subject-access', '/witnesses']],
  ['police', 's.patel', ['/approvals', { from: '/approvals', link: 'main a[href^="/approvals/"]' }, '/matches', '/break-glass', '/told']],
  ['health', 's.patel', [{ from: '/matches', link: 'main a[href^="/matches/"]' }]],
  ['police', 't.byrne', [
    '/policy', { from: '/policy', link: 'main a.gw-cell' }, '/policy/try', '/policy/rules', '/policy/changes', '/policy/edit',
  ]],
  ['police', 'k.doyle', ['/connections']],
];

export async function walk({ browser, gateways }) {
  const faults = [];
  for (const [gateway, user, pages] of MAIN(gateways.case)) {
    const person = await Person.withCertificate(browser, gateways[gateway], user, ZOOMED);
    for (const page of pages) await look(person, page).catch((fault) => faults.push(fault.message));
    await person.close();
  }
  await forms(browser, gateways).catch((fault) => faults.push(fault.message));
  assert.deepEqual(faults, []);
}

async function look(person, page) {
  await person.open(page.from ?? page);
  if (page.from) {
    const link = person.page.locator(page.link).first();
    await person.open(await link.getAttribute('href'));
  }
  await whole(person);
}

// The longest form, and a form that came back with faults.
async function forms(browser, gateways) {
  const researcher = await Person.withCertificate(browser, gateways.hub, 'j.okafor', ZOOMED);
  await researcher.open('/referrals');
  await researcher.press('Start on one page, for a telephone call');
  await whole(researcher);
  await researcher.close();
  const decider = await Person.withCertificate(browser, gateways.hub, 'r.singh', ZOOMED);
  await decider.open(`/cases/${gateways.case}/decide`);
  await decider.press('Record the decision');
  await decider.sees('There is a problem');
  await whole(decider);
  await decider.close();
}

async function whole(person) {
  const { page } = person;
  const here = page.url().replace(person.origin, '');
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= ZOOMED.viewport.width, `${here}: ${width} px wide`);
  // Folded parts are pages too: everything is unfolded.
  await page.evaluate(() => { for (const one of document.querySelectorAll('details')) one.open = true; });
  assert.deepEqual(await page.evaluate(cut), [], `${here}: words are cut off`);
  await tabbed(page, here);
}

// Words that neither stand inside the screen nor can be scrolled to.
function cut() {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const one = text.parentElement;
    const aside = 'script, style, select, textarea, title, desc, .govuk-visually-hidden, .govuk-skip-link';
    if (!text.data.trim() || one.closest(aside) || !one.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const boxes = [...range.getClientRects()];
    let scrolls = false;
    let clipped = false;
    for (let at = one; at !== document.body && !scrolls; at = at.parentElement) {
      const style = getComputedStyle(at);
      const frame = at.getBoundingClientRect();
      scrolls = /auto|scroll/.test(style.overflowX);
      if (!scrolls && /hidden|clip/.test(`${style.overflowX} ${style.overflowY}`)) {
        clipped ||= boxes.some((box) => box.right > frame.right + 1 || box.left < frame.left - 1
          || box.bottom > frame.bottom + 2 || box.top < frame.top - 2);
      }
    }
    const outside = !scrolls && boxes.some((box) => box.right > innerWidth + 1 || box.left < -1);
    if (clipped || outside) found.push(text.data.trim().slice(0, 60));
  }
  return found;
}

// Goes through everything on the page that takes the focus: each is in view, and nothing lies over it.
async function tabbed(page, here) {
  await rest(page);
  let seen = 0;
  for (; seen < MOST; seen += 1) {
    const at = await move(page);
    if (!at || at.again) break;
    assert.ok(at.free, `${here}: "${at.name.slice(0, 60)}" (${at.kind}) has the focus and is hidden`);
    assert.ok(at.shows, `${here}: nothing shows that "${at.name.slice(0, 60)}" (${at.kind}) has the focus`);
  }
  assert.ok(seen > 5, `${here}: ${seen} places take the focus`);
}
