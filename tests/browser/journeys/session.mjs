import assert from 'node:assert/strict';
import { advance } from '../clock.mjs';
import { Person } from '../lib.mjs';

export const title = 'a session ends in the middle of a long form, and nothing typed is lost';

const TYPED = {
  'Name of whoever refers': 'Ann Example <b>of the school</b>',
  'What are they worried about?': 'She came to school\nwith a bruise on her arm.',
  'Language of the home': 'Cymraeg',
};

export async function walk({ browser, gateways }) {
  const { pages, invitations } = gateways.hub;
  const person = await Person.anonymous(browser, pages);
  await person.setUp('j.okafor', invitations['j.okafor']);
  await person.open('/referrals');
  await person.press('Start on one page, for a telephone call');
  const form = person.page.url();
  for (const [label, text] of Object.entries(TYPED)) await person.fill(label, text);
  await person.answer('How did it come?', 'Telephone');

  // Longer than the 15 minutes after which an unused session ends.
  await advance(16 * 60);
  await person.press('Save and continue');
  assert.equal(await person.heading(), 'Sign in');
  await person.signIn();
  assert.equal(await person.heading(), 'Your form is still here');
  await person.press('Send the form now');
  await person.sees('What is missing or thin');

  await person.open(new URL(form).pathname);
  for (const [label, text] of Object.entries(TYPED)) {
    const kept = await person.page.getByLabel(label, { exact: true }).inputValue();
    assert.equal(kept.replaceAll('\r\n', '\n'), text, label);
  }
  assert.ok(await person.page.getByLabel('Telephone', { exact: true }).first().isChecked());
  await person.close();
}
