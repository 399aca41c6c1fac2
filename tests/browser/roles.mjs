// The pages of one role: everything that links lead to from the first page.
import assert from 'node:assert/strict';
import { Person } from './lib.mjs';

// A journey of one person through all of their pages, which must hold these.
export function everyPage(gateway, user, must) {
  return async ({ browser, gateways }) => {
    const person = await Person.withCertificate(browser, gateways[gateway], user);
    const opened = await person.wander();
    for (const path of must) assert.ok(opened.includes(path), `no link leads ${user} to ${path}`);
    await person.close();
  };
}
