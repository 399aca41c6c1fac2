import assert from 'node:assert/strict';
import { Person } from '../lib.mjs';

export const title = 'people sign in at their own identity provider, and only those whom the hub lists';

export async function walk({ browser, gateways: { pages, provider, subject } }) {
  const person = await Person.anonymous(browser, pages, { elsewhere: provider });
  await person.open('/account');
  await through(person, 'somebody-else');
  await person.sees('Your organisation knows you, but this gateway does not');
  await person.close();

  const known = await Person.anonymous(browser, pages, { elsewhere: provider });
  await known.open('/account');
  await through(known, subject);
  assert.equal(new URL(known.page.url()).pathname, '/account');
  await known.sees('With your organisation\'s account');
  await known.follow('Sign out');
  await known.sees('You are signed out');
  await known.open('/account');
  assert.equal(await known.heading(), 'Sign in');
  await known.close();
}

// Goes to the provider, says there who one is, and is back.
async function through(person, account) {
  const { page } = person;
  await page.getByRole('button', { name: 'Sign in with your organisation\'s account' }).click();
  await page.getByLabel('Account').fill(account);
  await Promise.all([
    page.waitForURL((url) => url.origin === person.origin),
    page.getByRole('button', { name: 'Sign in there' }).click(),
  ]);
  // The provider's own page is not ours to judge.
  person.heard = [];
  await person.check();
}
