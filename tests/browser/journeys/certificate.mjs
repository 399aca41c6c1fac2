import assert from 'node:assert/strict';
import { Person } from '../lib.mjs';

export const title = 'a certificate opens the pages, in both languages, and nobody gets in without one';

export async function walk({ browser, gateways }) {
  const researcher = await Person.withCertificate(browser, gateways.hub, 'j.okafor');
  await researcher.open('/');
  await researcher.follow('Cymraeg');
  assert.equal(await researcher.heading(), 'Ciw gwaith');
  await researcher.follow('English');
  await researcher.open('/nowhere', { status: 404 });
  await researcher.sees('There is no such page');
  await researcher.close();

  const nobody = await Person.anonymous(browser, gateways.hub.certificates);
  await assert.rejects(nobody.page.goto(`${gateways.hub.certificates}/`));
  await nobody.close();
}
