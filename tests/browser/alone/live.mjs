// How long it takes from an approver's decision to the change on the page of whoever watches the case,
// in the demonstration: a browser each for the sergeant and the researcher. A measurement, printed and
// judged by nobody; what is asserted is that the page changes.
import assert from 'node:assert/strict';
import { Demo } from '../demo.mjs';
import { Person } from '../lib.mjs';

export const title = 'a decision at an agency shows by itself on the page of the case';

const CASE = 'MASH-2026-00417';
const WHY = 'The child was in the room; the hub plans for her safety.';

export async function walk({ browser, gateways: { stile } }) {
  const demo = await Demo.start(stile);
  try {
    const researcher = await signedIn(browser, demo, 'the hub', 'j.okafor');
    await researcher.open(`/cases/${CASE}`);
    await watch(researcher.page);
    const late = await Late.open(researcher);
    const approver = await signedIn(browser, demo, 'the police', 's.patel');
    const laps = [];
    for (const task of await tasks(approver)) {
      const lap = await decide(approver, researcher, task);
      if (lap) laps.push(lap);
    }
    assert.ok(laps.length > 0, 'nothing was released');
    await late.learns();
    tell(laps);
  } finally {
    await demo.stop();
  }
}

// A page of the case whose stream comes late: what changed before that must not be missed.
class Late {
  static async open(researcher) {
    const late = new Late();
    const stream = new Promise((begin) => { late.begin = begin; });
    late.page = await researcher.context.newPage();
    await late.page.route(/\/live(\?|$)/, async (route) => {
      await stream;
      await route.continue();
    });
    await late.page.goto(researcher.page.url());
    late.before = await late.shown();
    return late;
  }

  shown() { return this.page.locator('[data-gw-content]').innerText(); }

  async learns() {
    assert.equal(await this.shown(), this.before, 'nothing told the page yet');
    this.begin();
    await this.page.waitForFunction(
      (before) => document.querySelector('[data-gw-content]').innerText !== before, this.before,
    );
  }
}

async function signedIn(browser, demo, place, user) {
  const person = await Person.anonymous(browser, demo.origins[place]);
  await person.open('/');
  await person.fill('User name', user);
  await person.fill('Password', demo.password);
  await person.press('Continue');
  await person.fill('Code', await demo.code(place, user));
  await person.press('Sign in');
  return person;
}

// Notes every moment at which the page puts something new in its live part.
async function watch(page) {
  await page.locator('[data-gw-moving]:not([hidden])').waitFor();
  await page.evaluate(() => {
    window.gwChanges = [];
    const note = () => window.gwChanges.push(performance.timeOrigin + performance.now());
    new MutationObserver(note).observe(document.querySelector('[data-gw-content]'), { childList: true });
  });
}

// The approvals of the case that wait for this person.
async function tasks(approver) {
  await approver.open('/approvals');
  return approver.page.locator(`tr:has-text("${CASE}") a[href^="/approvals/"]`).evaluateAll(
    (all) => all.map((link) => link.getAttribute('href')),
  );
}

// Milliseconds from sending the decision until the agency's page says that it is recorded, and until the
// page of the case has changed; nothing where no record would leave.
async function decide(approver, researcher, task) {
  await approver.open(task);
  if ((await approver.words()).includes('No record would be sent')) return undefined;
  await approver.choose('Release it');
  await approver.page.locator('#agreed_for').selectOption('necessary_proportionate');
  await approver.fill('Why, in your own words', WHY);
  const had = await researcher.page.evaluate(() => window.gwChanges.length);
  const sending = approver.page.waitForRequest((request) => request.method() === 'POST');
  const [request] = await Promise.all([sending, approver.page.waitForNavigation({ waitUntil: 'load' }),
    approver.page.getByRole('button', { name: 'Record this decision', exact: true }).click()]);
  await approver.sees('Decided');
  await researcher.page.waitForFunction((before) => window.gwChanges.length > before, had);
  const changed = await researcher.page.evaluate((before) => window.gwChanges[before], had);
  const { startTime, responseEnd } = request.timing();
  return { recorded: responseEnd, shown: changed - startTime };
}

function tell(laps) {
  const middle = (times) => times.sort((one, other) => one - other)[Math.ceil(times.length / 2) - 1];
  const row = (name, times) => `| ${name} | ${times.length} | ${middle(times).toFixed(0)} | ${Math.max(...times).toFixed(0)} |`;
  console.log('| from sending the decision until | decisions | p50 ms | longest ms |');
  console.log('|---|---|---|---|');
  console.log(row('it is recorded and the browser is told so', laps.map((lap) => lap.recorded)));
  console.log(row('the page of the case has changed', laps.map((lap) => lap.shown)));
}
