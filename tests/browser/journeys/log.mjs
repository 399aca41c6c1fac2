import { Person } from '../lib.mjs';

export const title = 'an auditor finds a disclosure in the log and sees its proof hold';

export async function walk({ browser, gateways }) {
  const auditor = await Person.withCertificate(browser, gateways.police, 'a.reid');
  await auditor.open('/log');
  await auditor.press('Search');
  await auditor.sees('Choose why you read the log');
  await auditor.page.getByLabel('Why you read the log').selectOption('audit');
  await auditor.fill('Case number', gateways.case);
  await auditor.press('Search');
  await auditor.open(await auditor.page.locator('main table a[href^="/log/"]').first().getAttribute('href'));
  await auditor.sees('Every step holds');
  await auditor.close();
}
