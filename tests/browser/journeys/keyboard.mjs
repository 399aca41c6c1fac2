import { Hands } from '../hands.mjs';
import { Person } from '../lib.mjs';

export const title = 'by keyboard alone: a referral, an enquiry, an approval, the product and the decision';

const BORN = 'Date of birth, or expected date. Leave the day or month empty if not known';

export async function walk({ browser, gateways }) {
  const at = async (gateway, user) => new Hands(await Person.withCertificate(browser, gateways[gateway], user));
  const researcher = await at('hub', 'j.okafor');
  await refer(researcher);
  const number = await ask(researcher);

  const approver = await at('police', 's.patel');
  await approve(approver, number);
  await approver.close();

  await researcher.open(`/cases/${number}`);
  await researcher.press('Preview product');
  await researcher.person.sees('Information product: Decision maker');
  await researcher.person.sees('Withheld, and why');
  await researcher.close();

  const decider = await at('hub', 'r.singh');
  await decide(decider, number);
  await decider.close();
}

async function refer(hands) {
  await hands.open('/queue');
  await hands.skip();
  await hands.open('/queue');
  await hands.press('Referrals');
  await hands.press('Start on one page, for a telephone call');
  await hands.answer('How did it come?', 'Telephone');
  await hands.type('Name of whoever refers', 'Sian Rowe');
  await hands.type('Organisation', 'Riverside Women’s Aid');
  await hands.type('What are they worried about?', 'He waits outside her work. She is afraid to go home.');
  await hands.select('Role in the case', 'Victim', 'Person 1');
  await hands.type('Forenames', 'Carys', 'Person 1');
  await hands.type('Surname', 'Testwood', 'Person 1');
  for (const [part, value] of [['Day', '3'], ['Month', '6'], ['Year', '1994']]) await hands.type(part, value, BORN);
  await hands.press('Save and add another');
  await hands.select('Role in the case', 'Person posing risk', 'Person 2');
  await hands.type('Forenames', 'Owen', 'Person 2');
  await hands.type('Surname', 'Sampleford', 'Person 2');
  for (const [part, value] of [['Day', '17'], ['Month', '9'], ['Year', '1990']]) await hands.type(part, value, 'Person 2');
  await hands.answer('Recorded sex', 'Male');
  await hands.type('Address', '14 Alder Row, Riverside', 'Person 2');
  await hands.type('Postcode', 'RV1 2AB', 'Person 2');
  await hands.select('Kind of case', 'High-risk domestic abuse for MARAC');
  await hands.select('Priority', 'Amber');
  await hands.select('Purpose', 'High-risk domestic abuse (MARAC)');
  await hands.select('Consent', 'Given');
  await hands.press('Save and continue', { key: 'Space' });
  await hands.person.sees('What is missing or thin');
  await hands.press('Open a case');
  await hands.person.sees('No agency has been asked yet.');
}

// Asks every agency, and gives the number of the case.
async function ask(hands) {
  const number = new URL(hands.page.url()).pathname.split('/').at(-1);
  await hands.press('Take this case');
  await hands.press('Ask agencies');
  await hands.typeEach('Why is this agency asked?', 'To plan how she can be safe.', 'See what would come');
  await hands.person.sees('What would come at best');
  await hands.press('Continue');
  await hands.person.sees('Check before you send');
  await hands.to('Send the questions');
  await hands.thereAndBack();
  await hands.enter();
  await hands.person.waits('Answered in part');
  return number;
}

async function approve(hands, number) {
  await hands.open('/');
  await hands.press('Approvals');
  await hands.press('Allegations not leading to conviction', { row: number });
  await hands.person.sees('What would leave');
  await hands.answer('Should it leave?', 'Release it');
  await hands.select('On what ground', 'Needed for the purpose asked, and no more than is needed');
  await hands.type('Why, in your own words', 'Seen together with the officer who wrote it; needed for the plan.');
  await hands.press('Record this decision');
  await hands.person.sees('Decided');
}

async function decide(hands, number) {
  await hands.open('/queue');
  await hands.press(number);
  await hands.press('Decide');
  await hands.person.sees('Carys Testwood');
  await hands.select('Outcome', 'Referred to MARAC');
  await hands.type('Which threshold is met, or not, and why?', 'High risk: he waits for her, and has threatened her before.');
  await hands.press('Record the decision');
  await hands.person.sees('Decided in time');
}
