import { Person } from '../lib.mjs';
import assert from 'node:assert/strict';

export const title = 'an approval arrives while the researcher watches the case';

export async function walk({ browser, gateways }) {
  const researcher = await Person.withCertificate(browser, gateways.hub, 'j.okafor');
  await researcher.open(`/cases/${gateways.case}`);
  const before = await researcher.words();
  const approver = await Person.withCertificate(browser, gateways.police, 's.patel');
  await approver.open('/approvals');
  const tasks = await approver.page.locator('main a[href^="/approvals/"]').evaluateAll(
    (all) => all.map((link) => link.getAttribute('href')),
  );
  assert.ok(tasks.length > 0, 'something waits for approval');
  let released = false;
  for (const task of tasks) {
    await approver.open(task);
    if ((await approver.words()).includes('No record would be sent')) continue;
    await approver.press('Record this decision');
    await approver.sees('Choose whether to release it or not');
    await approver.choose('Release it');
    await approver.page.locator('#agreed_for').selectOption('necessary_proportionate');
    await approver.fill('Why, in your own words', 'The child was in the room; the hub plans for her safety.');
    await approver.press('Record this decision');
    await approver.sees('Decided');
    released = true;
    break;
  }
  assert.ok(released, 'a record waits for release');
  await researcher.page.waitForFunction(
    (had) => document.body.innerText.replace(/\s+/g, ' ') !== had, before,
  );
  await researcher.check();
  await approver.close();
  await researcher.close();
}
