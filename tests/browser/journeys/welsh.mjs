import assert from 'node:assert/strict';
import { Person } from '../lib.mjs';

export const title = 'a researcher works in Welsh, from the queue through a case to the approver in Welsh';

export async function walk({ browser, gateways }) {
  const researcher = await Person.withCertificate(browser, gateways.hub, 'j.okafor');
  await researcher.open('/cy/queue');
  assert.equal(await researcher.heading(), 'Ciw gwaith');
  for (const place of ['', '/chronology', '/findings', '/withheld', '/gaps', '/request', '/log', '/product']) {
    await researcher.open(`/cy/cases/${gateways.case}${place}`);
  }
  await researcher.open('/cy/referrals');
  await researcher.close();
  const approver = await Person.withCertificate(browser, gateways.police, 's.patel');
  await approver.open('/cy/approvals');
  await approver.follow('English');
  assert.equal(await approver.heading(), 'Approvals');
  await approver.close();
}
