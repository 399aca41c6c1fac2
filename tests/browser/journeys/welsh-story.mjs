import assert from 'node:assert/strict';
import { Catalogue } from '../catalogue.mjs';
import { Person } from '../lib.mjs';

export const title = 'a referral, an enquiry, an approval and the product in Welsh, with no word of ours in English';

export async function walk({ browser, gateways }) {
  const words = await Catalogue.read(gateways.locales, gateways.vocabulary);
  const at = (gateway, user) => Person.withCertificate(browser, gateways[gateway], user);
  const researcher = await at('hub', 'j.okafor');
  await finds(words, researcher);
  const inWelsh = async (page, here) => assert.deepEqual(await words.englishOn(page), [], `${here}: English`);
  researcher.also.push(inWelsh);
  await refer(researcher, words);
  const number = await ask(researcher, words);

  const approver = await at('police', 's.patel');
  approver.also.push(inWelsh);
  await approver.open('/cy/approvals');
  const task = approver.page.locator(`tr:has-text("${number}") a[href*="/approvals/"]`).first();
  await approver.open(await task.getAttribute('href'));
  await approver.close();

  for (const part of ['', '/chronology', '/findings', '/withheld', '/matches', '/gaps', '/request', '/log', '/product']) {
    await researcher.open(`/cy/cases/${number}${part}`);
  }
  await researcher.close();
}

// Whatever finds no English must find it where it is.
async function finds(words, person) {
  await person.open('/referrals');
  const found = await words.englishOn(person.page);
  for (const text of ['New referral', 'Skip to main content', 'Nothing that is missing stops you from saving', 'Run by ']) {
    assert.ok(found.some((one) => one.includes(text)), `"${text}" is not found on an English page`);
  }
}

async function refer(person, words) {
  const say = (english, area = 'referral') => words.say(english, area);
  await person.open('/cy/referrals');
  await person.press(say('Start on one page, for a telephone call'));
  await person.answer(say('How did it come?'), words.welsh.get('referral-channel-telephone'));
  await person.fill(say('Name of whoever refers'), 'Sian Rowe');
  await person.fill(say('Organisation'), 'Cymorth i Fenywod Glan-yr-afon');
  await person.fill(say('What are they worried about?'), 'Mae e’n aros amdani y tu allan i’w gwaith.');
  const first = words.welsh.get('referral-person').replace(/\{ \$number \}/, '1').trim();
  await person.page.locator('[name="p1-role"]').selectOption('victim');
  await person.fill(say('Forenames'), 'Carys', first);
  await person.fill(say('Surname'), 'Testwood', first);
  for (const [part, value] of [['day', '3'], ['month', '6'], ['year', '1994']]) {
    await person.page.locator(`[name="p1-born-${part}"]`).fill(value);
  }
  await person.press(say('Save and add another'));
  await person.page.locator('[name="p2-role"]').selectOption('person_posing_risk');
  const second = first.replace('1', '2');
  await person.fill(say('Forenames'), 'Owen', second);
  await person.fill(say('Surname'), 'Sampleford', second);
  for (const [part, value] of [['day', '17'], ['month', '9'], ['year', '1990']]) {
    await person.page.locator(`[name="p2-born-${part}"]`).fill(value);
  }
  await person.page.locator('[name="case-kind"]').selectOption('marac');
  await person.page.locator('[name="priority"]').selectOption('amber');
  await person.page.locator('[name="purpose"]').selectOption('marac');
  await person.page.locator('[name="consent"]').selectOption('given');
  await person.press(say('Save and continue'));
  await person.sees(say('What is missing or thin'));
  await person.press(say('Open a case'));
}

// Asks every agency, and gives the number of the case.
async function ask(person, words) {
  const say = (english) => words.say(english, 'enquiry');
  const number = new URL(person.page.url()).pathname.split('/').at(-1);
  await person.press(words.say('Take this case', 'hub'));
  await person.press(words.say('Ask agencies', 'case'));
  for (const field of await person.page.getByLabel(say('Why is this agency asked?'), { exact: true }).all()) {
    await field.fill('I gynllunio sut y gall hi fod yn ddiogel.');
  }
  await person.press(say('See what would come'));
  await person.sees(say('What would come at best'));
  await person.press(say('Continue'));
  await person.sees(say('Check before you send'));
  await person.press(say('Send the questions'));
  await person.waits(words.say('Answered in part', 'common'));
  return number;
}
