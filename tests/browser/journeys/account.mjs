import assert from 'node:assert/strict';
import { Person } from '../lib.mjs';

export const title = 'an invited person sets up an account, signs out, and signs in again where they were';

export async function walk({ browser, gateways }) {
  const { pages, invitations } = gateways.hub;
  const person = await Person.anonymous(browser, pages);
  await person.open('/queue');
  assert.equal(await person.heading(), 'Sign in');
  await person.press('Continue');
  await person.sees('Enter your user name');
  await person.setUp('m.hughes', invitations['m.hughes']);
  await person.open('/account');
  await person.sees('m.hughes');

  await person.follow('Sign out');
  await person.sees('You are signed out');
  await person.open('/figures');
  assert.equal(await person.heading(), 'Sign in');
  await person.signIn();
  assert.equal(new URL(person.page.url()).pathname, '/figures');
  await person.close();
}
