// The tour of the guide, walked as it is written: docs/guide/tour.md.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Demo } from '../demo.mjs';
import { Guide } from '../guide.mjs';
import { Person } from '../lib.mjs';

export const title = 'a newcomer follows the tour of the guide through the demonstration';

const WHY = 'To plan how the mother and her children can be safe.';
const SAID = 'Seen together with the officer who wrote it; needed for the plan.';

export async function walk({ browser, gateways: { stile, guide: file, pictures } }) {
  const guide = await Guide.read(file);
  const demo = await Demo.start(stile);
  try {
    const tour = { browser, demo, pictures, people: new Map() };
    const steps = Object.entries(STEPS).map(([name, step]) => [name, (diary) => step(new Walk(tour, diary))]);
    await guide.follow(Object.fromEntries(steps));
  } finally {
    await demo.stop();
  }
}

// One step: whoever acts in it notes what they use in its diary.
class Walk {
  constructor(tour, diary) { Object.assign(this, { tour, diary }); }

  // Opens a member's pages in a browser of its own and signs in there.
  async signIn(place, user) {
    const { browser, demo, people } = this.tour;
    const person = await Person.anonymous(browser, demo.origins[place]);
    people.set(`${place} ${user}`, person);
    this.diary.typed(user);
    await person.open('/');
    await person.fill('User name', user);
    await person.fill('Password', demo.password);
    await person.press('Continue');
    await person.fill('Code', await demo.code(place, user));
    await person.press('Sign in');
    person.diary = this.diary;
    return person;
  }

  // Somebody who signed in at an earlier step.
  again(place, user) {
    const person = this.tour.people.get(`${place} ${user}`);
    person.diary = this.diary;
    return person;
  }

  // What the person sees now, as the guide shows it: the head of the page, or what stands around `at`;
  // `height` CSS pixels of it.
  async picture(person, name, { at, height = 900 } = {}) {
    this.diary.picture(name);
    if (!this.tour.pictures) return;
    await person.page.evaluate(() => { document.activeElement?.blur(); window.scrollTo(0, 0); });
    await at?.evaluate((part) => part.scrollIntoView({ block: 'center' }));
    await person.page.screenshot({
      path: `${this.tour.pictures}/${name}.png`, clip: { x: 0, y: 0, width: 1366, height },
    });
  }
}

const STEPS = {
  async start(walk) {
    const { browser, demo } = walk.tour;
    const person = await Person.anonymous(browser, demo.origins['the hub']);
    person.diary = walk.diary;
    walk.diary.typed('j.okafor');
    walk.tour.people.set('the hub j.okafor', person);
    await person.open('/');
    await walk.picture(person, 'sign-in');
    await person.fill('User name', 'j.okafor');
    await person.fill('Password', demo.password);
    await person.press('Continue');
    walk.diary.shown('Code');
    await person.page.getByLabel('Code', { exact: true }).fill(await demo.code('the hub', 'j.okafor'));
    await person.press('Sign in');
    await person.sees('Work queue');
    await walk.picture(person, 'queue');
  },

  async referral(walk) {
    const person = walk.again('the hub', 'j.okafor');
    await person.follow('Referrals');
    await person.press('Start on one page, for a telephone call');
    await person.answer('How did it come?', 'Telephone');
    await person.fill('Name of whoever refers', 'Sian Rowe');
    await person.fill('Organisation', 'Riverside Women’s Aid');
    await person.fill('What are they worried about?', 'He has found out which school the children go to, and told her so.');
    await person.select('Role in the case', 'Victim', 'Person 1');
    await person.fill('Forenames', 'Carys', 'Person 1');
    await person.fill('Surname', 'Testwood', 'Person 1');
    await born(person, 'Person 1', '3', '6', '1994');
    await walk.picture(person, 'referral');
    await person.press('Save and add another');
    await person.select('Role in the case', 'Person posing risk', 'Person 2');
    await person.fill('Forenames', 'Owen', 'Person 2');
    await person.fill('Surname', 'Sampleford', 'Person 2');
    await born(person, 'Person 2', '17', '9', '1990');
    await person.answer('Recorded sex', 'Male');
    await person.fill('Address', '14 Alder Row, Riverside', 'Person 2');
    await person.fill('Postcode', 'RV1 2AB', 'Person 2');
    await person.select('Kind of case', 'High-risk domestic abuse for MARAC');
    await person.select('Priority', 'Amber');
    await person.select('Purpose', 'High-risk domestic abuse (MARAC)');
    await person.select('Consent', 'Given');
    await person.press('Save and continue');
    await person.sees('What is missing or thin');
    await person.sees('MASH-2026-00417');
    await walk.picture(person, 'check');
    await person.press('Open a case');
    walk.tour.case = new URL(person.page.url()).pathname.split('/').at(-1);
    await person.sees('No agency has been asked yet.');
  },

  async enquiry(walk) {
    const person = walk.again('the hub', 'j.okafor');
    await person.press('Take this case');
    await person.press('Ask agencies');
    const why = 'Why is this agency asked?';
    walk.diary.shown(why);
    walk.diary.typed(WHY);
    for (const field of await person.page.getByLabel(why, { exact: true }).all()) await field.fill(WHY);
    await walk.picture(person, 'enquiry');
    await person.press('See what would come');
    await person.sees('What would come at best');
    await person.press('Continue');
    await person.sees('Check before you send');
    await person.press('Send the questions');
    await person.waits('Match to confirm');
    await person.follow('Show the whole case as it is now');
    await walk.picture(person, 'case');
  },

  async match(walk) {
    const person = await walk.signIn('health', 's.patel');
    await person.follow('Matches and alerts');
    await person.press('Is this the person?', { role: 'link', inside: row(walk) });
    await person.sees('Side by side');
    await walk.picture(person, 'match');
    await person.answer('Which of these records is about the person the hub asks about?', 'Record 1 is the person');
    await person.fill('Why, in your own words', 'He moved before; the telephone call of today gave the same mother.');
    await person.press('Record what I found');
    await person.sees('Decided');
  },

  async approval(walk) {
    const person = await walk.signIn('the police', 's.patel');
    await person.follow('Approvals');
    await walk.picture(person, 'approvals');
    await person.press('Allegations not leading to conviction', { role: 'link', inside: row(walk) });
    await person.sees('What would leave');
    await walk.picture(person, 'approval');
    await person.answer('Should it leave?', 'Release it');
    await person.select('On what ground', 'Needed for the purpose asked, and no more than is needed');
    await person.fill('Why, in your own words', SAID);
    await person.press('Record this decision');
    await person.sees('Decided');
  },

  async product(walk) {
    const person = walk.again('the hub', 'j.okafor');
    await person.sees('Everything you open on this page is recorded');
    await person.press('Preview product');
    await person.sees('Information product: Decision maker');
    await person.sees('Withheld, and why');
    await walk.picture(person, 'product');
  },

  async decision(walk) {
    const person = await walk.signIn('the hub', 'r.singh');
    await person.open(`/cases/${walk.tour.case}`);
    await person.follow('Decide');
    await person.select('Outcome', 'Referred to MARAC');
    await person.fill('Which threshold is met, or not, and why?', 'High risk: he knows the school, and has threatened her before.');
    await person.press('Record the decision');
    await person.sees('Decided in time');
  },

  async copy(walk) {
    const person = walk.again('the hub', 'r.singh');
    await person.follow('Copies of the product');
    await person.select('What may it say?', 'Receiving team');
    await person.fill('Role of the recipient', 'Coordinator of the conference');
    await person.fill('Name of the recipient', 'M. Ellis');
    await person.answer('Language', 'English');
    await person.answer('As what?', 'PDF');
    await person.press('Make a numbered copy');
    await walk.picture(person, 'copies');
    walk.diary.shown('Copy 1 (PDF)');
    const coming = person.page.waitForEvent('download');
    await person.page.getByRole('link', { name: 'Copy 1 (PDF)', exact: true }).click();
    const file = await readFile(await (await coming).path());
    assert.equal(file.subarray(0, 5).toString(), '%PDF-', 'it is a PDF');
    walk.tour.digest = createHash('sha256').update(file).digest('hex');
    walk.diary.shown('SHA-256');
    assert.ok((await person.words()).includes(walk.tour.digest), 'the page has the digest of the file');
  },

  async policy(walk) {
    const person = await walk.signIn('the police', 't.byrne');
    await person.follow('Policy');
    await person.sees('What we share, and for what');
    await person.follow('Write a change');
    await openRule(person);
    await person.fill('How long ago the event may be', '12 months');
    await propose(person);
    await person.sees('It cannot be proposed before the errors are put right. Nothing you wrote is lost.');
    await person.follow('Back to what I write');
    await openRule(person);
    await person.fill('How long ago the event may be', '24 months');
    await person.fill('Last day', '2036-03-31');
    await walk.picture(person, 'rule', { at: person.page.getByLabel('Last day', { exact: true }) });
    await propose(person);
    await person.sees('Discloses less');
    await person.fill('Why is this change needed?', 'The agreement about intelligence ends on that day.');
    await person.press('Propose change');
    await person.sees('Waits for approval');
    await person.sees('You proposed this change. Other officers decide on it.');
    await walk.picture(person, 'change');
  },

  async second(walk) {
    const person = await walk.signIn('the police', 'a.reid');
    await person.follow('Policy');
    await person.follow('Changes');
    await person.follow('Version 2');
    await person.fill('Is this necessary and proportionate? Say why', 'Nothing should leave without an agreement.');
    await person.press('Approve change');
    await person.sees('In force');
    await person.follow('What we share');
    await person.sees('Policy version 2.');
    await walk.picture(person, 'matrix', { height: 800 });
    await person.follow('Rules');
    await person.sees('Until 2036-03-31.');
  },

  async proof(walk) {
    const person = await walk.signIn('the hub', 'a.reid');
    await person.follow('Disclosure log');
    await person.select('Why you read the log', 'Planned checking');
    await person.select('Kind of entry', 'A numbered copy of a product was made');
    walk.diary.shown('Case number');
    await person.page.getByLabel('Case number', { exact: true }).fill(walk.tour.case);
    await person.press('Search');
    await walk.picture(person, 'log');
    await person.page.locator('main table a[href*="/log/"]').first().click();
    await person.check();
    await person.sees('Every step holds: the entry is in the ledger under a signed head.');
    await person.sees('The entry exactly as recorded');
    assert.ok((await person.words()).includes(`"digest":"${walk.tour.digest}"`), 'the entry has the digest of the file');
    await walk.picture(person, 'proof', { at: person.page.getByRole('heading', { name: 'Proof' }) });
  },
};

// From the two texts of a change to one of its rules.
async function openRule(person) {
  await person.press('Rules one by one');
  await person.follow('MARAC-40');
}

// From a rule to the page where the change is proposed.
async function propose(person) {
  await person.press('Save rule');
  await person.follow('Back to what I write');
  await person.press('Save and propose');
}

async function born(person, group, day, month, year) {
  const label = 'Date of birth, or expected date. Leave the day or month empty if not known';
  person.diary.shown(label);
  const inner = person.page.getByRole('group', { name: group, exact: true }).getByRole('group', { name: label });
  for (const [part, value] of [['Day', day], ['Month', month], ['Year', year]]) {
    await inner.getByLabel(part, { exact: true }).fill(value);
  }
  person.diary.typed(`${day} ${month} ${year}`);
}

// The line of a table about the case of the tour.
const row = (walk) => `tr:has-text("${walk.tour.case}")`;
