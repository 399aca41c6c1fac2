import { Person } from '../lib.mjs';

export const title = 'a reviewer sees both sides of a match and says which record it is';

export async function walk({ browser, gateways }) {
  const reviewer = await Person.withCertificate(browser, gateways.health, 's.patel');
  await reviewer.open('/matches');
  const question = reviewer.page.locator('main a[href^="/matches/"]', { hasText: 'Is this the person?' });
  await reviewer.open(await question.first().getAttribute('href'));
  await reviewer.sees('Side by side');
  await reviewer.press('Record what I found');
  await reviewer.sees('Choose what you found');
  await reviewer.choose('Record 1 is the person');
  await reviewer.fill('Why, in your own words', 'Same mother, same school and the same general practice.');
  await reviewer.press('Record what I found');
  await reviewer.sees('Decided');
  await reviewer.close();
}
